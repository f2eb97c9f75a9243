(builtins.foldl' (acc: i: acc // { "a${toString i}" = i; }) {} (builtins.genList (x: x) 3000)).a2999
