[
  (if {a=1;b={c=1;d={e=1;};};l=[1 2 [3 [4]] {}];f=x: x;} then 1 else 2)
  (if builtins.add then 1 else 2)
  (if builtins.add 1 then 1 else 2)
  (if null then 1 else 2)
  (if ./. then 1 else 2)
  (if 1.5 then 1 else 2)
  (if "a\nb${"$"}{" then 1 else 2)
  (if (x: x) then 1 else 2)
  (let x = {y = x.y;}; in x.y)
]
