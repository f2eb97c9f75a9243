let
  mkUser = { name, uid }: "${name}:${toString uid}";
in
mkUser { nmae = "eve"; uid = 1; }
