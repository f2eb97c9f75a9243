# Accounts and groups, and what is wrong with some.
{ describe, ... }:
let
  user = definition: (describe { users.users.u = definition; users.groups.g = { }; }).users.u;
in
{
  "a normal user" = {
    value = user { isNormalUser = true; };
    expected = {
      isNormalUser = true;
      group = "users";
      home = "/home/u";
      homeMode = "700";
      createHome = true;
      shell = "/bin/bash";
      autoSubUidGidRange = true;
    };
  };

  "a system user" = {
    value = user {
      isSystemUser = true;
      group = "g";
      uid = 400;
    };
    expected = {
      isSystemUser = true;
      uid = 400;
      group = "g";
      home = "/var/empty";
      shell = "/usr/sbin/nologin";
    };
  };

  "neither kind of user" = {
    failing = user { group = "g"; };
    mentions = [
      "Failed assertions:"
      "users.users.u"
      "isSystemUser"
    ];
  };

  "a user without a group" = {
    failing = user { isSystemUser = true; };
    mentions = [
      "users.users.u.group"
      "users.groups.u"
    ];
  };

  "a group that does not exist" = {
    failing = user {
      isSystemUser = true;
      group = "nowhere";
    };
    mentions = [ "there is no group \"nowhere\"" ];
  };

  "all failed assertions are told" = {
    failing = describe {
      users.users.a.isSystemUser = true;
      users.users.b.group = "users";
    };
    mentions = [
      "users.users.a.group"
      "users.users.b"
    ];
  };

  "two users with one number" = {
    failing = describe {
      users.users.a = {
        isSystemUser = true;
        group = "users";
        uid = 400;
      };
      users.users.b = {
        isSystemUser = true;
        group = "users";
        uid = 400;
      };
    };
    mentions = [ "400: a, b" ];
  };

  "a name that is too long" = {
    failing = user { name = "abcdefghijklmnopqrstuvwxyzabcdef"; };
    mentions = [ "users.users.u.name" ];
  };

  "nobody could log in" = {
    failing = describe { users.mutableUsers = false; };
    mentions = [ "nobody could log in" ];
  };

  "groups with members" = {
    value =
      (describe {
        users.groups.g = {
          gid = 500;
          members = [
            "a"
            "a"
          ];
        };
      }).groups.g;
    expected = {
      gid = 500;
      members = [ "a" ];
    };
  };

  "keys and lingering" = {
    value =
      let
        system = describe {
          users.users.u = {
            isNormalUser = true;
            linger = true;
            openssh.authorizedKeys.keys = [ "ssh-ed25519 A" ];
          };
        };
      in
      {
        inherit (system) needsLogin;
        inherit (system.users.u) authorizedKeys linger;
      };
    expected = {
      needsLogin = true;
      authorizedKeys = [ "ssh-ed25519 A" ];
      linger = true;
    };
  };
}
