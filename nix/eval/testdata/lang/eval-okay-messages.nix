[
  (let x={a=x;y=[x];}; in x)
  (let x={a=1;}; l=[]; in [x x l l {}])
  (if true then 1 else 2)
]
