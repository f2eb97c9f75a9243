let
  mkUser = { name, uid }: "${name}:${toString uid}";
in
mkUser { name = "eve"; }
