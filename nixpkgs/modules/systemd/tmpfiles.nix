# systemd.tmpfiles: files and directories made at boot.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.systemd.tmpfiles;

  field =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };

  rule = types.submodule (
    { name, ... }:
    {
      options = {
        type = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "The kind of rule, such as d or L+.";
        };
        mode = field "-" "The mode.";
        user = field "-" "The owner.";
        group = field "-" "The group.";
        age = field "-" "The age at which content is removed.";
        argument = field "" "The argument, such as the target of a link.";
      };
    }
  );

  quoted = value: "\"${builtins.replaceStrings [ "\\" "\"" ] [ "\\\\" "\\\"" ] value}\"";

  oneLine = builtins.replaceStrings [ "\n" ] [ "\\n" ];

  line =
    path: entry:
    lib.concatMapStringsSep " " quoted [
      entry.type
      path
      entry.mode
      entry.user
      entry.group
      entry.age
    ]
    + lib.optionalString (entry.argument != "") " ${oneLine entry.argument}"
    + "\n";

  fileText =
    paths:
    lib.concatStrings (
      lib.concatLists (lib.mapAttrsToList (path: lib.mapAttrsToList (_: line path)) paths)
    );
in
{
  options.systemd.tmpfiles = {
    rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "d /var/lib/app 0750 app app -" ];
      description = "Lines of tmpfiles.d.";
    };
    settings = mkOption {
      type = types.attrsOf (types.attrsOf (types.attrsOf rule));
      default = { };
      example = {
        app."/var/lib/app".d.mode = "0750";
      };
      description = "Rules by file, path and kind.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose lib/tmpfiles.d is used.";
    };
  };

  config = {
    environment.etc =
      lib.optionalAttrs (cfg.rules != [ ]) {
        "tmpfiles.d/00-nixos.conf".text = lib.concatLines cfg.rules;
      }
      // lib.mapAttrs' (file: paths: {
        name = "tmpfiles.d/${file}.conf";
        value.text = fileText paths;
      }) cfg.settings;
    environment.systemPackages = cfg.packages;
  };
}
