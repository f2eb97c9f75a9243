package syntax

import (
	"strings"
	"testing"

	"berth.dev/nix/diagnostic"
)

// sample is a module of the usual kind: options, a configuration, scripts.
const sample = `{ config, lib, pkgs, ... }:

with lib;

let
  cfg = config.services.example;

  # Only set when there is something to write.
  settings = filterAttrs (name: value: value != null) {
    inherit (cfg) host port;
    dataDir = "${cfg.dataDir}/state";
    log.level = if cfg.debug then "debug" else "info";
  };
in {
  imports = [ ./base.nix ../common/users.nix ];

  options.services.example = {
    enable = mkEnableOption (lib.mdDoc "the example service");
    port = mkOption {
      type = types.port;
      default = 8080;
      description = ''
        The port to listen on. A port below 1024 needs
        <literal>CAP_NET_BIND_SERVICE</literal>.
      '';
    };
    extraFlags = mkOption {
      type = with types; listOf (either str path);
      default = [ ];
      example = [ "--verbose" "--retries=3" ];
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      { assertion = cfg.port > 0 && cfg.port <= 65535 || cfg.socket != null;
        message = "services.example.port must be a port"; }
    ];
    systemd.services.example = {
      description = "An example";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ] ++ optional (cfg.database.type or "none" == "postgresql") "postgresql.service";
      script = ''
        mkdir -p ${escapeShellArg cfg.dataDir}
        if [ -e "''${STATE:-/tmp}/ready" ]; then
          exec ${pkgs.example}/bin/example --port ${toString cfg.port} \
            ${concatMapStringsSep " " escapeShellArg cfg.extraFlags}
        fi
      '';
      serviceConfig = {
        User = "example";
        StateDirectory = baseNameOf cfg.dataDir;
        Restart = "on-failure";
      } // optionalAttrs (cfg.memory != null) { MemoryMax = cfg.memory; };
    };
  };
}
`

func BenchmarkParse(b *testing.B) {
	source := []byte("[" + strings.Repeat("("+sample+")\n", 500) + "]")
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := Parse(source, Options{BasePath: "/", Symbols: NewSymbolTable(), Positions: diagnostic.NewTable()})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseSmall(b *testing.B) {
	source := []byte(sample)
	symbols, positions := NewSymbolTable(), diagnostic.NewTable()
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(source, Options{BasePath: "/", Symbols: symbols, Positions: positions}); err != nil {
			b.Fatal(err)
		}
	}
}
