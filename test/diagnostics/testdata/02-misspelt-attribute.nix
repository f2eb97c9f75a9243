let
  config = { network = { hostName = "web"; }; };
in
"host: ${config.network.hostname}"
