let f = n: if n == 0 then 0 else 1 + f (n - 1); in builtins.foldl' (a: i: a + f 5000) 0 (builtins.genList (x: x) 100)
