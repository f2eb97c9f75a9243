# Names: host name, /etc/hosts, name servers.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) strings;
  cfg = config.networking;
  compact = import ../compact.nix { inherit lib; };

  label = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?";

  # "1.2.3.4 a b # text" -> entry
  parseHosts =
    text:
    let
      blanks = builtins.replaceStrings [ "\t" ] [ " " ];
      words = line: lib.filter (word: word != "") (lib.splitString " " (blanks line));
      withoutComment = line: builtins.head (lib.splitString "#" line);
      entries = map (line: words (withoutComment line)) (lib.splitString "\n" text);
    in
    map (entry: {
      address = builtins.head entry;
      names = builtins.tail entry;
    }) (lib.filter (entry: builtins.length entry > 1) entries);

  declaredHosts = lib.mapAttrsToList (address: hostNames: {
    inherit address;
    names = hostNames;
  }) (lib.filterAttrs (_: hostNames: hostNames != [ ]) cfg.hosts);
in
{
  options.networking = {
    hostName = mkOption {
      type = types.strMatching "^$|^${label}$";
      default = "nixos";
      description = "The host's name, without domain.";
    };
    domain = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "example.org";
      description = "The host's domain.";
    };
    fqdn = mkOption {
      type = types.str;
      default =
        if cfg.hostName != "" && cfg.domain != null then
          "${cfg.hostName}.${cfg.domain}"
        else
          throw "networking.fqdn needs both networking.hostName and networking.domain";
      defaultText = lib.literalExpression ''"''${hostName}.''${domain}"'';
      description = "The host's full name.";
    };
    fqdnOrHostName = mkOption {
      type = types.str;
      default = if cfg.domain == null then cfg.hostName else cfg.fqdn;
      defaultText = lib.literalExpression "fqdn, else hostName";
      readOnly = true;
      description = "The full name if there is a domain, else the name.";
    };
    hostId = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Accepted and not used.";
    };
    hosts = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example = {
        "192.168.0.2" = [ "files.example.org" ];
      };
      description = "Names by address, for /etc/hosts.";
    };
    extraHosts = mkOption {
      type = types.lines;
      default = "";
      example = "192.168.0.1 lanlocalhost";
      description = "Lines of /etc/hosts.";
    };
    hostFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files with further lines of /etc/hosts.";
    };
    nameservers = strings "Addresses of name servers.";
    search = strings "Domains in which short names are looked up.";
    timeServers = strings "Accepted: a machine has no clock of its own.";
    enableIPv6 = mkOption {
      type = types.bool;
      default = true;
      description = "Whether IPv6 is used.";
    };
  };

  config = {
    networking.hosts = lib.mkIf (cfg.hostName != "" && cfg.domain != null) {
      "127.0.0.2" = [
        "${cfg.hostName}.${cfg.domain}"
        cfg.hostName
      ];
    };

    system.description.network = {
      inherit (cfg) hostName;
    }
    // compact {
      inherit (cfg) domain nameservers search;
      hosts =
        declaredHosts
        ++ parseHosts cfg.extraHosts
        ++ lib.concatMap (file: parseHosts (builtins.readFile file)) cfg.hostFiles;
    };
  };
}
