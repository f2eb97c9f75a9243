# Short forms of the options that most modules declare.
{ lib }:
let
  inherit (lib) mkOption types;
in
{
  # A switch.
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  # Text of several lines; definitions are joined.
  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  # A list of strings.
  strings =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };

  # A value that may be absent.
  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  # Options of a computer that a machine does without: any value is accepted,
  # so that configurations made for both evaluate.
  accepted =
    description:
    mkOption {
      type = types.attrsOf types.anything;
      default = { };
      inherit description;
    };
}
