let l = builtins.genList (i: "item-${toString i}-${toString (i * 2)}") 300000; in builtins.stringLength (builtins.concatStringsSep "," l)
