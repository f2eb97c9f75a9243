let l = builtins.genList (i: builtins.bitAnd (i * 7919) 1048575) 200000; s = builtins.sort (a: b: a < b) l; in builtins.elemAt s 1000 + builtins.length s
