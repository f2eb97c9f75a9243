# Python from Debian: python3, its packages under nixpkgs' names, and
# withPackages. Debian installs Python packages for the whole root, so an
# environment is a package whose closure has them.
{
  lib,
  debian,
  mkDebianPackage,
}:
let
  version = "3.13";

  # Where nixpkgs' name is not python3-<name> in Debian.
  differing = {
    psycopg2 = "python3-psycopg2";
    psycopg = "python3-psycopg";
    pyyaml = "python3-yaml";
    ruamel-yaml = "python3-ruamel.yaml";
    beautifulsoup4 = "python3-bs4";
    pillow = "python3-pil";
    python-dateutil = "python3-dateutil";
    pycryptodome = "python3-pycryptodome";
    pyjwt = "python3-jwt";
    pymysql = "python3-pymysql";
    mysqlclient = "python3-mysqldb";
    pyserial = "python3-serial";
    pyzmq = "python3-zmq";
    markdown = "python3-markdown";
    protobuf = "python3-protobuf";
    grpcio = "python3-grpcio";
    scikit-learn = "python3-sklearn";
    opencv4 = "python3-opencv";
    dnspython = "python3-dnspython";
    python-dotenv = "python3-dotenv";
    pygments = "python3-pygments";
    prometheus-client = "python3-prometheus-client";
    pyopenssl = "python3-openssl";
    ldap3 = "python3-ldap3";
    tkinter = "python3-tk";
    pip = "python3-pip";
    setuptools = "python3-setuptools";
    wheel = "python3-wheel";
    pygobject3 = "python3-gi";
    dbus-python = "python3-dbus";
    systemd = "python3-systemd";
  };

  prefix = "python3-";
  attributeName =
    debianName: builtins.replaceStrings [ "." ] [ "-" ] (lib.removePrefix prefix debianName);

  library =
    pname: debianName:
    mkDebianPackage {
      inherit pname;
      debianPackages = [ debianName ];
      passthru.pythonModule = true;
    };

  # Every python3-<name> of the archive, by <name>.
  generic = lib.listToAttrs (
    map (debianName: {
      name = attributeName debianName;
      value = library (attributeName debianName) debianName;
    }) (debian.names prefix)
  );

  packages = generic // lib.mapAttrs library differing;

  interpreterNamed =
    libraries:
    mkDebianPackage {
      pname = "python3";
      debianPackages = [ "python3" ] ++ libraries;
      main = [
        "python3"
        "python3-minimal"
        "python${version}"
        "python${version}-minimal"
      ];
      mainProgram = "python3";
      links."bin/python" = "/usr/bin/python3";
      passthru = {
        pkgs = packages // {
          inherit python;
        };
        pythonVersion = version;
        sitePackages = "lib/python3/dist-packages";
        interpreter = "${python}/bin/python3";
        executable = "python3";
        withPackages =
          choose: interpreterNamed (lib.unique (lib.concatMap (chosen: chosen.debianPackages) (choose packages)));
        buildEnv.override =
          {
            extraLibs ? [ ],
            ...
          }:
          interpreterNamed (lib.concatMap (chosen: chosen.debianPackages) extraLibs);
      };
    };

  python = interpreterNamed [ ];
in
{
  python3 = python;
  python3Packages = packages;
}
