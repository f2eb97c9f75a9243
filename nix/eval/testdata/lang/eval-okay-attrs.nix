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
]
