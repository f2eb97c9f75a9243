# Options of `nodes` that `containers` do not have: those of virtual machines.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;

  accepted =
    type: default: description:
    mkOption { inherit type default description; };

  port = types.submodule {
    options = {
      from = mkOption {
        type = types.enum [
          "host"
          "guest"
        ];
        default = "host";
        description = "Where connections come from.";
      };
      proto = mkOption {
        type = types.enum [
          "tcp"
          "udp"
        ];
        default = "tcp";
        description = "The protocol.";
      };
      host.address = accepted types.str "" "The address on the host.";
      host.port = mkOption {
        type = types.port;
        description = "The port on the host.";
      };
      guest.address = accepted types.str "" "The address in the machine.";
      guest.port = mkOption {
        type = types.port;
        description = "The port in the machine.";
      };
    };
  };
in
{
  options.virtualisation = {
    memorySize = accepted types.ints.positive 1024 ''
      Memory in MiB. It bounds the machine when it is set.
    '';
    cores = accepted types.ints.positive 1 "Accepted: machines share the host's processors.";
    diskSize = accepted (types.either types.ints.positive types.str) 1024 ''
      Accepted: machines share the host's file system.
    '';
    graphics = accepted types.bool false "Accepted: machines have no screen.";
    resolution = accepted (types.attrsOf types.int) {
      x = 1024;
      y = 768;
    } "Accepted: machines have no screen.";
    writableStore = accepted types.bool true "Accepted: the store inside is read-only.";
    writableStoreUseTmpfs = accepted types.bool true "Accepted and not used.";
    mountHostNixStore = accepted types.bool true "Accepted and not used.";
    useNixStoreImage = accepted types.bool false "Accepted and not used.";
    additionalPaths = accepted (types.listOf types.path) [ ] "Store paths that the machine sees.";
    sharedDirectories = accepted (types.attrsOf types.anything) { } "Accepted and not used.";
    forwardPorts = accepted (types.listOf port) [ ] "Ports of the host that lead to the machine.";
    emptyDiskImages = accepted (types.listOf types.anything) [ ] "Accepted: machines have no disks.";
    diskImage = accepted (types.nullOr types.str) null "Accepted: machines have no disks.";
    useBootLoader = accepted types.bool false "Accepted: machines have no boot loader.";
    useEFIBoot = accepted types.bool false "Accepted: machines have no boot loader.";
    useSecureBoot = accepted types.bool false "Accepted: machines have no boot loader.";
    restrictNetwork = accepted types.bool false "Accepted: test machines have no way out.";
    tpm = accepted (types.attrsOf types.anything) { } "Accepted: machines have no hardware of their own.";
    fileSystems = accepted (types.attrsOf types.anything) { } "Accepted: machines have a root already.";
    host.pkgs = accepted types.raw null "Accepted and not used.";
    qemu = accepted (types.attrsOf types.anything) { } "Accepted: machines are not emulated.";
  };

  config = {
    system.description = {
      network = lib.optionalAttrs (cfg.forwardPorts != [ ]) {
        forwards = map (entry: {
          protocol = entry.proto;
          hostAddress = entry.host.address;
          hostPort = entry.host.port;
          guestPort = entry.guest.port;
        }) cfg.forwardPorts;
      };
    }
    // lib.optionalAttrs (cfg.memorySize != 1024) {
      resources.memoryBytes = cfg.memorySize * 1024 * 1024;
    };

    environment.etc = lib.listToAttrs (
      lib.imap0 (
        i: path: lib.nameValuePair "berth/additional-paths/${toString i}" { source = path; }
      ) cfg.additionalPaths
    );
  };
}
