let names = map (i: "n${toString i}") (builtins.genList (x: x) 20000);
  base = builtins.listToAttrs (map (n: { name = n; value = n; }) names);
  go = i: acc: if i == 0 then acc else go (i - 1) (builtins.mapAttrs (n: v: v) (builtins.listToAttrs (map (n: { name = n; value = acc.${n}; }) (builtins.attrNames acc))));
in builtins.length (builtins.attrValues (go 20 base))
