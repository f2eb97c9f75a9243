# environment.etc: files below /etc.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  compact = import ../compact.nix { inherit lib; };

  file = types.submodule (
    {
      name,
      config,
      options,
      ...
    }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the file is there.";
        };
        target = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "The path below /etc.";
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "The content.";
        };
        source = mkOption {
          type = types.path;
          description = "The file or directory that is shown.";
        };
        mode = mkOption {
          type = types.str;
          default = "symlink";
          example = "0600";
          description = ''
            symlink: a link through /etc/static; direct-symlink: a link to the
            source itself; an octal number: a copy with that mode.
          '';
        };
        uid = mkOption {
          type = types.int;
          default = 0;
          description = "The owner of a copy, by number.";
        };
        gid = mkOption {
          type = types.int;
          default = 0;
          description = "The group of a copy, by number.";
        };
        user = mkOption {
          type = types.str;
          default = "+${toString config.uid}";
          defaultText = lib.literalExpression ''"+''${toString uid}"'';
          description = "The owner of a copy: a name, or + and a number.";
        };
        group = mkOption {
          type = types.str;
          default = "+${toString config.gid}";
          defaultText = lib.literalExpression ''"+''${toString gid}"'';
          description = "The group of a copy: a name, or + and a number.";
        };
        # Text is carried in the description; a file of it exists only when
        # somebody asks for the source.
        inline = mkOption {
          type = types.bool;
          internal = true;
          readOnly = true;
          default = config.text != null && options.source.highestPrio >= derivedPriority;
          description = "Whether text is the content.";
        };
      };
      config.source = lib.mkIf (config.text != null) (
        lib.mkOverride derivedPriority (pkgs.writeText "etc-${baseNameOf name}" config.text)
      );
    }
  );

  # Below a plain definition, above the option's default.
  derivedPriority = 1250;

  isCopy = mode: mode != "symlink" && mode != "direct-symlink";

  describe =
    entry:
    (if entry.inline then { inherit (entry) text; } else { source = "${entry.source}"; })
    // compact {
      mode = if entry.mode == "symlink" then null else entry.mode;
      user = if isCopy entry.mode && entry.user != "+0" then entry.user else null;
      group = if isCopy entry.mode && entry.group != "+0" then entry.group else null;
    };

  byTarget = builtins.groupBy (entry: entry.target) entries;
  content = entry: if entry.inline then entry.text else "${entry.source}";
  disagree = files: lib.any (file: content file != content (builtins.head files)) files;
  disputed = builtins.attrNames (lib.filterAttrs (_: disagree) byTarget);

  entries = lib.filter (entry: entry.enable) (builtins.attrValues config.environment.etc);
in
{
  options.environment.etc = mkOption {
    type = types.attrsOf file;
    default = { };
    example = lib.literalExpression ''{ "app.conf".text = "port = 80"; }'';
    description = "Files below /etc, by path.";
  };

  config = {
    assertions = map (target: {
      assertion = false;
      message = "environment.etc: several files are to be /etc/${target}";
    }) disputed;

    system.description.etc = builtins.listToAttrs (
      map (entry: {
        name = entry.target;
        value = describe entry;
      }) entries
    );
  };
}
