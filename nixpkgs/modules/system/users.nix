# users.*: accounts and groups.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types literalExpression;
  inherit (import ../declare.nix { inherit lib; }) flag nullable;
  cfg = config.users;
  compact = import ../compact.nix { inherit lib; };

  passwordNames = [
    "hashedPassword"
    "hashedPasswordFile"
    "password"
    "initialHashedPassword"
    "initialPassword"
  ];

  accountName = types.strMatching "[A-Za-z0-9_.][A-Za-z0-9_.-]{0,30}";

  idRange = kind: {
    options = {
      "start${kind}" = mkOption {
        type = types.ints.u32;
        description = "The first subordinate id.";
      };
      count = mkOption {
        type = types.ints.u32;
        default = 1;
        description = "How many there are.";
      };
    };
  };

  rangesOption =
    kind:
    mkOption {
      type = types.listOf (types.submodule (idRange kind));
      default = [ ];
      description = "Subordinate ids that the user may map in user namespaces.";
    };

  userModule =
    { name, config, ... }:
    {
      options = {
        enable = flag true "Whether the account exists.";
        name = mkOption {
          type = accountName;
          default = name;
          defaultText = literalExpression "<name>";
          description = "The login name.";
        };
        description = mkOption {
          type = types.strMatching "[^:\n]*";
          default = "";
          description = "The user's full name, or what the account is for.";
        };
        uid = mkOption {
          type = types.nullOr types.ints.u32;
          default = null;
          description = "The number of the account; null lets berth choose one and remember it.";
        };
        isSystemUser = flag false "Whether the account belongs to a service.";
        isNormalUser = flag false ''
          Whether the account belongs to a person: a home directory below /home,
          the group users and a login shell.
        '';
        group = mkOption {
          type = types.str;
          default = if config.isNormalUser then "users" else "";
          defaultText = literalExpression ''if isNormalUser then "users" else ""'';
          description = "The primary group; it must exist.";
        };
        extraGroups = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Further groups the user is in.";
        };
        home = mkOption {
          type = types.str;
          default = if config.isNormalUser then "/home/${config.name}" else "/var/empty";
          defaultText = literalExpression ''if isNormalUser then "/home/<name>" else "/var/empty"'';
          description = "The home directory.";
        };
        homeMode = mkOption {
          type = types.strMatching "[0-7]{1,5}";
          default = "700";
          description = "The mode of a home directory that is created.";
        };
        createHome = flag config.isNormalUser "Whether the home directory is created.";
        cryptHomeLuks = nullable types.str "A LUKS device with the home directory; not supported.";
        shell = mkOption {
          type = types.nullOr (types.either types.shellPackage (types.either types.path types.str));
          default = if config.isNormalUser || config.useDefaultShell then cfg.defaultUserShell else "/usr/sbin/nologin";
          defaultText = literalExpression ''"/usr/sbin/nologin"'';
          description = "The login shell.";
        };
        useDefaultShell = flag false "Whether the shell is users.defaultUserShell.";
        ignoreShellProgramCheck = flag false "Accepted for compatibility.";
        hashedPassword = nullable types.str "The password, hashed as crypt(3) does.";
        hashedPasswordFile = nullable types.str "A file whose only line is the hashed password.";
        password = nullable types.str "The password in plain text, which everybody who reads the configuration knows.";
        initialHashedPassword = nullable types.str "The hashed password that a new account gets.";
        initialPassword = nullable types.str "The password in plain text that a new account gets.";
        openssh.authorizedKeys.keys = mkOption {
          type = types.listOf types.singleLineStr;
          default = [ ];
          description = "Public keys that may log in.";
        };
        openssh.authorizedKeys.keyFiles = mkOption {
          type = types.listOf types.path;
          default = [ ];
          description = "Files with public keys that may log in.";
        };
        packages = mkOption {
          type = types.listOf types.package;
          default = [ ];
          description = "Packages that this user finds.";
        };
        expires = nullable types.str "The date the account expires, YYYY-MM-DD.";
        linger = mkOption {
          type = types.nullOr types.bool;
          default = null;
          description = "Whether the user's services run without a login; null leaves it alone.";
        };
        subUidRanges = rangesOption "Uid";
        subGidRanges = rangesOption "Gid";
        autoSubUidGidRange =
          flag (config.isNormalUser && config.subUidRanges == [ ] && config.subGidRanges == [ ])
            "Whether berth chooses ranges of subordinate ids.";
        pamMount = mkOption {
          type = types.attrsOf types.raw;
          default = { };
          description = "Accepted for compatibility.";
        };
      };
    };

  groupModule =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = accountName;
          default = name;
          defaultText = literalExpression "<name>";
          description = "The name of the group.";
        };
        gid = mkOption {
          type = types.nullOr types.ints.u32;
          default = null;
          description = "The number of the group; null lets berth choose one and remember it.";
        };
        members = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Users in the group besides those that name it themselves.";
        };
      };
    };

  shellPath =
    shell:
    if shell == null then
      null
    else if builtins.isAttrs shell && shell ? shellPath then
      "${shell}${shell.shellPath}"
    else
      "${shell}";

  keysIn = file: lib.filter (line: line != "") (lib.splitString "\n" (builtins.readFile file));

  describeUser =
    user:
    {
      inherit (user) group home;
    }
    // compact {
      inherit (user)
        isNormalUser
        isSystemUser
        extraGroups
        description
        createHome
        hashedPassword
        hashedPasswordFile
        password
        initialHashedPassword
        initialPassword
        autoSubUidGidRange
        ;
      homeMode = if user.createHome then user.homeMode else null;
      shell = shellPath user.shell;
      authorizedKeys =
        user.openssh.authorizedKeys.keys ++ lib.concatMap keysIn user.openssh.authorizedKeys.keyFiles;
      subUidRanges = map (range: {
        start = range.startUid;
        inherit (range) count;
      }) user.subUidRanges;
      subGidRanges = map (range: {
        start = range.startGid;
        inherit (range) count;
      }) user.subGidRanges;
      packages =
        if user.packages == [ ] then
          null
        else
          "${
            pkgs.buildEnv {
              name = "user-environment";
              paths = user.packages;
              inherit (config.environment) pathsToLink;
              ignoreCollisions = true;
            }
          }";
    }
    // lib.optionalAttrs (user.uid != null) { inherit (user) uid; }
    // lib.optionalAttrs (user.linger != null) { inherit (user) linger; };

  describeGroup =
    group:
    lib.optionalAttrs (group.gid != null) { inherit (group) gid; }
    // compact { members = lib.unique group.members; };

  users = lib.filter (user: user.enable) (builtins.attrValues cfg.users);
  groups = builtins.attrValues cfg.groups;

  # Accounts every Debian root has.
  distributionGroups = [
    "root"
    "daemon"
    "bin"
    "sys"
    "adm"
    "tty"
    "disk"
    "lp"
    "mail"
    "news"
    "uucp"
    "man"
    "proxy"
    "kmem"
    "dialout"
    "fax"
    "voice"
    "cdrom"
    "floppy"
    "tape"
    "sudo"
    "audio"
    "dip"
    "www-data"
    "backup"
    "operator"
    "list"
    "irc"
    "src"
    "shadow"
    "utmp"
    "video"
    "sasl"
    "plugdev"
    "staff"
    "games"
    "users"
    "nogroup"
  ];

  groupNames = map (group: group.name) groups ++ distributionGroups;

  byId = ids: builtins.groupBy (entry: toString entry.id) (lib.filter (entry: entry.id != null) ids);
  shared = ids: lib.filter (same: builtins.length same > 1) (builtins.attrValues (byId ids));

  uniqueAssertion = what: ids: {
    assertion = !cfg.enforceIdUniqueness || shared ids == [ ];
    message = "${what}: several accounts have the same number: ${
      lib.concatMapStringsSep "; " (
        same: "${toString (builtins.head same).id}: ${lib.concatMapStringsSep ", " (entry: entry.name) same}"
      ) (shared ids)
    }";
  };

  userAssertions =
    user:
    let
      isSystem =
        if user.isNormalUser then
          user.isSystemUser
        else
          user.isSystemUser || (user.uid != null && user.uid < 1000);
    in
    [
      {
        assertion = user.isNormalUser != isSystem;
        message = "users.users.${user.name}: exactly one of isSystemUser and isNormalUser must be set";
      }
      {
        assertion = user.group != "";
        message =
          "users.users.${user.name}.group is not set. Give the account a group of its own:"
          + " users.users.${user.name}.group = \"${user.name}\"; users.groups.${user.name} = { };";
      }
      {
        assertion = user.group == "" || lib.elem user.group groupNames;
        message =
          "users.users.${user.name}.group: there is no group \"${user.group}\";"
          + " declare it: users.groups.${user.group} = { };";
      }
      {
        assertion = !user.isNormalUser || user.uid == null || user.uid >= 1000;
        message = "users.users.${user.name}: a normal user's uid must be at least 1000";
      }
    ];

  severalPasswords = lib.filter (
    user: lib.count (name: user.${name} != null) passwordNames > 1
  ) users;

  canLogin =
    user:
    (user.name == "root" || lib.elem "wheel" user.extraGroups || lib.elem user.name (cfg.groups.wheel.members or [ ]))
    && (
      user.openssh.authorizedKeys.keys != [ ]
      || user.openssh.authorizedKeys.keyFiles != [ ]
      || lib.any (name: user.${name} != null && user.${name} != "!") passwordNames
    );
in
{
  imports = [
    (lib.mkAliasOptionModule [ "users" "extraUsers" ] [ "users" "users" ])
    (lib.mkAliasOptionModule [ "users" "extraGroups" ] [ "users" "groups" ])
  ];

  options.users = {
    mutableUsers = flag true ''
      Whether accounts and passwords may be changed by hand. False: what is not
      declared is removed at every activation.
    '';
    enforceIdUniqueness = flag true "Whether no two accounts may have the same number.";
    allowNoPasswordLogin = flag false "Whether a system in which nobody can log in is accepted.";
    manageLingering = flag true "Whether lingering follows users.users.<name>.linger.";
    defaultUserShell = mkOption {
      type = types.either types.shellPackage (types.either types.path types.str);
      default = "/bin/bash";
      example = literalExpression "pkgs.zsh";
      description = "The login shell of normal users.";
    };
    users = mkOption {
      type = types.attrsOf (types.submodule userModule);
      default = { };
      description = "Accounts, by name.";
    };
    groups = mkOption {
      type = types.attrsOf (types.submodule groupModule);
      default = { };
      description = "Groups, by name.";
    };
  };

  config = {
    users.users.root = {
      uid = 0;
      group = "root";
      description = "System administrator";
      home = "/root";
      homeMode = "700";
      shell = lib.mkDefault cfg.defaultUserShell;
    };

    users.groups.wheel = { };

    assertions =
      lib.concatMap userAssertions users
      ++ [
        (uniqueAssertion "users.users" (map (user: { inherit (user) name; id = user.uid; }) users))
        (uniqueAssertion "users.groups" (map (group: { inherit (group) name; id = group.gid; }) groups))
        {
          assertion = cfg.mutableUsers || cfg.allowNoPasswordLogin || config.boot.isContainer || lib.any canLogin users;
          message =
            "users.mutableUsers is false and neither root nor a user of the group wheel"
            + " has a password or key: nobody could log in";
        }
      ];

    warnings = map (
      user: "users.users.${user.name}: more than one kind of password is set; the strongest wins"
    ) severalPasswords;

    systemd.needsLogin = lib.mkIf (lib.any (user: user.linger == true) users) true;

    system.description = {
      users = builtins.listToAttrs (
        map (user: {
          inherit (user) name;
          value = describeUser user;
        }) users
      );
      groups = builtins.listToAttrs (
        map (group: {
          inherit (group) name;
          value = describeGroup group;
        }) groups
      );
    }
    // compact { inherit (cfg) mutableUsers; };
  };
}
