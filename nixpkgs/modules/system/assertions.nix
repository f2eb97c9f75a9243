# assertions and warnings: what modules demand of the whole configuration.
{ lib, ... }:
{
  options = {
    assertions = lib.mkOption {
      type = lib.types.listOf lib.types.unspecified;
      internal = true;
      default = [ ];
      example = [
        {
          assertion = false;
          message = "you cannot enable both a and b";
        }
      ];
      description = ''
        Conditions that must hold. When the system is built, the messages of
        all that do not hold are shown together and the build stops.
      '';
    };

    warnings = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      internal = true;
      default = [ ];
      example = [ "the option services.x.y is going away" ];
      description = "Sentences that are shown when the system is built.";
    };
  };
}
