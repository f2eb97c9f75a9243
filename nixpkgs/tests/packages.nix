# Packages and builders.
{ lib, pkgs, ... }:
let
  attributes = drv: drv.drvAttrs;
in
{
  "a package is what users expect" = {
    value = {
      inherit (pkgs.curl) pname type outputName;
      inherit (pkgs.curl.meta) mainProgram;
      out = pkgs.curl.out.outPath == pkgs.curl.outPath;
      executable = lib.getExe pkgs.curl == "${pkgs.curl}/bin/curl";
      isDerivation = lib.isDerivation pkgs.curl;
    };
    expected = {
      pname = "curl";
      type = "derivation";
      outputName = "out";
      mainProgram = "curl";
      out = true;
      executable = true;
      isDerivation = true;
    };
  };

  "parts are fetched and unpacked" = {
    value =
      let
        package = pkgs.hello;
      in
      {
        inherit (attributes package) builder main;
        hasParts = builtins.stringLength (attributes package).parts > 0;
      };
    expected = {
      builder = "builtin:debian-package";
      main = "hello";
      hasParts = true;
    };
  };

  "any package of the archive" = {
    value = pkgs.debian.hello.pname;
    expected = "hello";
  };

  "a package of no archive" = {
    failing = (pkgs.mkDebianPackage { pname = "no-such-package"; }).drvPath;
    mentions = [ "no-such-package" ];
  };

  "overriding attributes" = {
    value =
      let
        changed = pkgs.hello.overrideAttrs (old: {
          pname = "${old.pname}-mine";
          passthru.x = 1;
        });
      in
      {
        inherit (changed) pname x;
        differs = changed.drvPath != pkgs.hello.drvPath;
      };
    expected = {
      pname = "hello-mine";
      x = 1;
      differs = true;
    };
  };

  "overlays are seen by all packages" = {
    value =
      let
        extended = pkgs.extend (
          final: prev: {
            bash = prev.dash;
            mine = final.hello;
          }
        );
      in
      {
        mine = extended.mine.pname;
        shell = extended.runtimeShell == "${pkgs.dash}/bin/bash";
      };
    expected = {
      mine = "hello";
      shell = true;
    };
  };

  "callPackage passes packages" = {
    value = (pkgs.callPackage ({ hello, x }: { inherit x; inherit (hello) pname; }) { x = 1; }).pname;
    expected = "hello";
  };

  "text" = {
    value = removeAttrs (attributes (pkgs.writeText "x" "hello")) [ "system" ];
    expected = {
      name = "x";
      builder = "builtin:write-text";
      text = "hello";
      executable = "";
      destination = "";
    };
  };

  "scripts" = {
    value = lib.mapAttrs (_: drv: { inherit (attributes drv) text destination executable; }) {
      script = pkgs.writeShellScript "x" "true";
      bin = pkgs.writeShellScriptBin "x" "true";
    };
    expected = {
      script = {
        text = "#!${pkgs.bash}/bin/bash\ntrue\n";
        destination = "";
        executable = "1";
      };
      bin = {
        text = "#!${pkgs.bash}/bin/bash\ntrue\n";
        destination = "/bin/x";
        executable = "1";
      };
    };
  };

  "the program of a script" = {
    value = lib.getExe (pkgs.writeShellScriptBin "x" "true") == "${pkgs.writeShellScriptBin "x" "true"}/bin/x";
    expected = true;
  };

  "substitution" = {
    value = builtins.fromJSON (attributes (pkgs.replaceVars ./packages.nix { a = "b"; })).substitutions;
    expected = [
      {
        from = "@a@";
        to = "b";
      }
    ];
  };

  "merged trees" = {
    value =
      let
        drv = attributes (
          pkgs.buildEnv {
            name = "x";
            paths = [
              pkgs.hello
              [ pkgs.curl ]
            ];
            pathsToLink = [ "/bin" ];
          }
        );
      in
      {
        inherit (drv) builder pathsToLink;
        paths = drv.paths == "${pkgs.hello} ${pkgs.curl}";
      };
    expected = {
      builder = "builtin:build-env";
      pathsToLink = "/bin";
      paths = true;
    };
  };

  "Python with packages" = {
    value = (pkgs.python3.withPackages (ps: [ ps.psycopg ps.pyyaml ])).debianPackages;
    expected = [
      "python3"
      "python3-psycopg"
      "python3-yaml"
    ];
  };

  "a PostgreSQL that Debian does not have" = {
    failing = pkgs.postgresql_13.drvPath;
    mentions = [
      "postgresql_13"
      "postgresql_17"
    ];
  };

  "formats of configuration files" = {
    value = {
      json = (attributes ((pkgs.formats.json { }).generate "x" { a = 1; })).text;
      ini = (attributes ((pkgs.formats.ini { }).generate "x" { s.a = 1; })).text;
      keyValue = (attributes ((pkgs.formats.keyValue { }).generate "x" { a = 1; })).text;
      toml =
        (attributes (
          (pkgs.formats.toml { }).generate "x" {
            a = 1;
            t.b = [
              "x"
              true
            ];
            l = [ { c = "d"; } ];
          }
        )).text;
    };
    expected = {
      json = "{\"a\":1}\n";
      ini = "[s]\na=1\n";
      keyValue = "a=1\n";
      toml = "a = 1\n\n[[l]]\nc = \"d\"\n\n[t]\nb = [\"x\", true]\n";
    };
  };

  "mkDerivation" = {
    value =
      let
        drv = pkgs.stdenv.mkDerivation (final: {
          pname = "x";
          version = "1";
          src = ./packages.nix;
          nativeBuildInputs = [ pkgs.jq ];
          passthru.versionAgain = final.version;
        });
        changed = drv.overrideAttrs { version = "2"; };
      in
      {
        inherit (drv) name versionAgain;
        changed = [
          changed.name
          changed.versionAgain
        ];
      };
    expected = {
      name = "x-1";
      versionAgain = "1";
      changed = [
        "x-2"
        "2"
      ];
    };
  };
}
