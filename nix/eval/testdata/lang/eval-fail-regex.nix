[
  (builtins.match "${./files/tree}" "a")
  (builtins.match "(" "a")
  (builtins.match 1 "a")
  (builtins.match "a" 1)
  (builtins.split "(" "")
]
