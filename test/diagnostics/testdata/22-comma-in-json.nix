builtins.fromJSON ''
  { "port": 80, }
''
