[
  (builtins.listToAttrs [{name="a";value=1;} {name="a";value=2;}])
  (builtins.listToAttrs [{name="a";value=1;} {name="a";}])
  (builtins.removeAttrs {a=1;b=2;c=3;} ["b" "x" "b"])
  (builtins.catAttrs "a" [{a=1;} {b=2;} {a=3;}])
  (builtins.zipAttrsWith (a: b: b) [{a=1;b=2;} {b=3;c=4;}])
  (builtins.isAttrs)
  (builtins.intersectAttrs {a=1;b=2;} {b=3;c=4;})
  (builtins.attrNames {b=1;a=throw "x";})
  (builtins.attrNames {"1"=1;A=1;a=1;_b=1;"ä"=1;})
  (let
    base = builtins.listToAttrs (builtins.genList (i: { name = "k${toString i}"; value = i; }) 100);
    a = base // { later1 = 1; };
    b = base // { later2 = 2; };
    c = a // { later3 = 3; };
    d = a // { later4 = 4; later5 = 5; };
    e = c // { later6 = 6; k5 = 7; };
    tail = s: builtins.filter (n: builtins.match "later.*" n != null) (builtins.attrNames s);
    at = s: n: (builtins.unsafeGetAttrPos n s).line - (builtins.unsafeGetAttrPos "later1" a).line;
  in [ (map tail [ a b c d e ]) e.k5 e.k6 d.later5 (at b "later2") (at c "later3") (at d "later5") (at e "later1") (at e "k5") ])
  (let grow = acc: i: acc // { ${"g${toString i}"} = i; }; s = builtins.foldl' grow { } (builtins.genList (i: i) 300); in [ s.g0 s.g299 (builtins.length (builtins.attrNames s)) (builtins.elemAt (builtins.attrValues s) 150) ])
  (let c = { x = [ 1 2 3 ]; }; in { inherit (c) x; y = c.x; })
  (let x = [ 1 ]; in [ x x ])
]
