# security.pki: certificate authorities the system trusts.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.security.pki;
  extra = map builtins.readFile cfg.certificateFiles ++ cfg.certificates;
in
{
  options.security.pki = {
    installCACerts = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the usual authorities are trusted.";
    };
    certificateFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files with further authorities, in PEM form.";
    };
    certificates = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further authorities, in PEM form.";
    };
    caCertificateBlacklist = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Names of authorities that are not trusted; not supported.";
    };
  };

  config = lib.mkIf (extra != [ ]) {
    system.activationScripts.certificates.text = ''
      bundle=/etc/ssl/certs/ca-certificates.crt
      cat ${pkgs.writeText "extra-ca-certificates.crt" (lib.concatLines extra)} >> "$bundle"
    '';
  };
}
