# Small trees that images like to have among their contents.
{ lib, pkgs }:
let
  lines = lib.concatMapStrings (line: "${line}\n");
in
{
  # /bin/sh
  binSh = pkgs.runCommandLocal "bin-sh" { } ''
    mkdir -p $out/bin
    ln -s ${pkgs.bash}/bin/bash $out/bin/sh
  '';

  # /usr/bin/env
  usrBinEnv = pkgs.runCommandLocal "usr-bin-env" { } ''
    mkdir -p $out/usr/bin
    ln -s ${pkgs.coreutils}/bin/env $out/usr/bin/env
  '';

  # The certificate authorities at the places where programs look.
  caCertificates = pkgs.runCommandLocal "ca-certificates" { } ''
    mkdir -p $out/etc/ssl/certs $out/etc/pki/tls/certs
    for place in ssl/certs/ca-bundle.crt ssl/certs/ca-certificates.crt pki/tls/certs/ca-bundle.crt; do
      ln -s ${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt $out/etc/$place
    done
  '';

  # Users root and nobody, for programs that look them up.
  fakeNss = lib.makeOverridable (
    {
      extraPasswdLines ? [ ],
      extraGroupLines ? [ ],
    }:
    pkgs.symlinkJoin {
      name = "fake-nss";
      paths = [
        (pkgs.writeTextDir "etc/passwd" (
          lines (
            [ "root:x:0:0:root user:/var/empty:/bin/sh" ]
            ++ extraPasswdLines
            ++ [ "nobody:x:65534:65534:nobody:/var/empty:/bin/sh" ]
          )
        ))
        (pkgs.writeTextDir "etc/group" (
          lines ([ "root:x:0:" ] ++ extraGroupLines ++ [ "nobody:x:65534:" ])
        ))
        (pkgs.writeTextDir "etc/nsswitch.conf" "hosts: files dns\n")
        (pkgs.runCommandLocal "var-empty" { } "mkdir -p $out/var/empty")
      ];
    }
  ) { };

  # Text for extraCommands or runAsRoot: the files that adding users needs.
  shadowSetup = ''
    export PATH=${lib.makeBinPath [ pkgs.shadow ]}:$PATH
    mkdir -p /etc/pam.d
    [ -f /etc/passwd ] || echo "root:x:0:0::/root:${pkgs.runtimeShell}" > /etc/passwd
    [ -f /etc/shadow ] || echo "root:!x:::::::" > /etc/shadow
    [ -f /etc/group ] || echo "root:x:0:" > /etc/group
    [ -f /etc/gshadow ] || echo "root:x::" > /etc/gshadow
    [ -f /etc/login.defs ] || touch /etc/login.defs
    [ -f /etc/pam.d/other ] || printf '%s\n' \
      "account sufficient pam_unix.so" "auth sufficient pam_rootok.so" \
      "password requisite pam_unix.so nullok yescrypt" "session required pam_unix.so" > /etc/pam.d/other
  '';
}
