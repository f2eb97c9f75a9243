[
  (builtins.toJSON (builtins.substring 0 1 "é"))
  (builtins.toJSON (x: x))
  (builtins.toJSON builtins.add)
  (builtins.fromJSON "9223372036854775808")
  (builtins.fromJSON "")
  (builtins.fromJSON "1e999")
  (builtins.fromJSON 1)
  (builtins.fromJSON "\"\\u0000\"")
  (builtins.fromTOML "x=1979-05-27T07:32:00Z")
  (builtins.toJSON {a=throw "x";})
  (builtins.toJSON ./nonex)
]
