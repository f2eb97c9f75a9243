# services.nginx: a web server and proxy.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag lines nullable;
  cfg = config.services.nginx;

  locationType = types.submodule {
    options = {
      proxyPass = nullable types.str "The server that requests are passed on to.";
      proxyWebsockets = flag false "Whether upgrades to web sockets are passed on.";
      recommendedProxySettings = flag cfg.recommendedProxySettings "Whether the client is named to the server.";
      root = nullable types.path "The directory with the files.";
      alias = nullable types.path "The directory that stands for the location.";
      index = nullable types.str "Names of index files.";
      tryFiles = nullable types.str "Files that are tried.";
      return = nullable (types.either types.str types.int) "The answer.";
      basicAuthFile = nullable types.path "A file of users and passwords.";
      fastcgiParams = mkOption {
        type = types.attrsOf (types.either types.str types.path);
        default = { };
        description = "Parameters for a FastCGI server.";
      };
      priority = mkOption {
        type = types.int;
        default = 1000;
        description = "Where the location stands among the others.";
      };
      extraConfig = lines "Lines of the location.";
    };
  };

  hostType = types.submodule (
    { name, ... }:
    {
      options = {
        serverName = nullable types.str "The host's name; null is the attribute's name." // {
          default = name;
        };
        serverAliases = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Further names of the host.";
        };
        listen = mkOption {
          type = types.listOf (
            types.submodule {
              options = {
                addr = mkOption {
                  type = types.str;
                  default = "0.0.0.0";
                  description = "An address.";
                };
                port = mkOption {
                  type = types.port;
                  default = 80;
                  description = "A port.";
                };
                ssl = flag false "Whether the port is encrypted.";
                extraParameters = mkOption {
                  type = types.listOf types.str;
                  default = [ ];
                  description = "Further words of the line.";
                };
              };
            }
          );
          default = [ ];
          description = "Where the host listens; none is port 80, and 443 with certificates.";
        };
        default = flag false "Whether the host answers requests for unknown names.";
        root = nullable types.path "The directory with the files.";
        addSSL = flag false "Whether the host is also encrypted.";
        onlySSL = flag false "Whether the host is only encrypted.";
        forceSSL = flag false "Whether plain requests are sent to the encrypted host.";
        sslCertificate = nullable types.path "The certificate.";
        sslCertificateKey = nullable types.path "The certificate's key.";
        globalRedirect = nullable types.str "The host that all requests are sent to.";
        basicAuthFile = nullable types.path "A file of users and passwords.";
        locations = mkOption {
          type = types.attrsOf locationType;
          default = { };
          description = "Parts of the host, by path.";
        };
        extraConfig = lines "Lines of the host.";
      };
    }
  );

  upstreamType = types.submodule {
    options = {
      servers = mkOption {
        type = types.attrsOf (types.attrsOf types.anything);
        default = { };
        description = "Servers, by address.";
      };
      extraConfig = lines "Lines of the group.";
    };
  };

  # Configuration text is made of lists of lines; null stands for no line.
  setting = key: value: if value == null then null else "${key} ${toString value};";
  block =
    header: lines:
    "${header} {\n${lib.concatLines (lib.filter (line: line != null && line != "") lines)}}";
  optionals = condition: lines: if condition then lib.concatStringsSep "\n" lines else null;

  passwords =
    file:
    optionals (file != null) [
      "auth_basic secured;"
      "auth_basic_user_file ${toString file};"
    ];

  proxyHeaders = [
    "proxy_set_header Host $host;"
    "proxy_set_header X-Real-IP $remote_addr;"
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    "proxy_set_header X-Forwarded-Proto $scheme;"
    "proxy_set_header X-Forwarded-Host $host;"
    "proxy_set_header X-Forwarded-Server $hostname;"
  ];

  webSockets = [
    "proxy_http_version 1.1;"
    "proxy_set_header Upgrade $http_upgrade;"
    "proxy_set_header Connection $connection_upgrade;"
  ];

  locationText =
    location:
    block "location ${location.path}" (
      [
        (setting "proxy_pass" location.proxyPass)
        (optionals location.proxyWebsockets webSockets)
        (optionals (location.proxyPass != null && location.recommendedProxySettings) proxyHeaders)
        (setting "root" location.root)
        (setting "alias" location.alias)
        (setting "index" location.index)
        (setting "try_files" location.tryFiles)
        (setting "return" location.return)
        (passwords location.basicAuthFile)
      ]
      ++ lib.mapAttrsToList (key: value: "fastcgi_param ${key} \"${value}\";") location.fastcgiParams
      ++ [ location.extraConfig ]
    );

  hasSSL = host: host.addSSL || host.onlySSL || host.forceSSL;

  defaultListen = port: ssl: {
    addr = "0.0.0.0";
    inherit port ssl;
    extraParameters = [ ];
  };

  listens =
    host:
    if host.listen != [ ] then
      host.listen
    else
      lib.optional (!host.onlySSL) (defaultListen cfg.defaultHTTPListenPort false)
      ++ lib.optional (hasSSL host) (defaultListen cfg.defaultSSLListenPort true);

  listenText =
    host: listen:
    let
      words =
        lib.optional listen.ssl "ssl" ++ lib.optional host.default "default_server" ++ listen.extraParameters;
    in
    "listen ${lib.concatStringsSep " " ([ "${listen.addr}:${toString listen.port}" ] ++ words)};";

  serverBlock =
    host: listening: lines:
    block "server" (
      map (listenText host) listening
      ++ [ "server_name ${lib.concatStringsSep " " ([ host.serverName ] ++ host.serverAliases)};" ]
      ++ lines
    );

  redirect = target: "return 301 ${target}$request_uri;";

  hostText =
    host:
    let
      all = listens host;
      content = [
        (setting "ssl_certificate" host.sslCertificate)
        (setting "ssl_certificate_key" host.sslCertificateKey)
        (setting "root" host.root)
        (passwords host.basicAuthFile)
        (optionals (host.globalRedirect != null) [ (redirect "$scheme://${toString host.globalRedirect}") ])
      ]
      ++ map locationText (sorted host.locations)
      ++ [ host.extraConfig ];
    in
    if host.forceSSL then
      lib.concatLines [
        (serverBlock host (lib.filter (listen: !listen.ssl) all) [ (redirect "https://$host") ])
        (serverBlock host (lib.filter (listen: listen.ssl) all) content)
      ]
    else
      serverBlock host all content;

  sorted =
    locations:
    lib.sort (a: b: a.priority < b.priority) (
      lib.mapAttrsToList (path: location: location // { inherit path; }) locations
    );

  # { weight = 2; backup = true; } -> " backup weight=2"
  serverWord =
    word: value:
    if value == true then
      " ${word}"
    else if value == false then
      ""
    else
      " ${word}=${toString value}";

  upstreamText =
    name: upstream:
    block "upstream ${name}" (
      lib.mapAttrsToList (
        address: words: "server ${address}${lib.concatStrings (lib.mapAttrsToList serverWord words)};"
      ) upstream.servers
      ++ [ upstream.extraConfig ]
    );

  temporary = kind: "${kind}_temp_path /var/cache/nginx/${kind};";

  http = [
    "include /etc/nginx/mime.types;"
    "default_type application/octet-stream;"
    "access_log syslog:server=unix:/dev/log,nohostname;"
    (setting "client_max_body_size" cfg.clientMaxBodySize)
    (setting "server_tokens" (if cfg.serverTokens then "on" else "off"))
  ]
  ++ map temporary [
    "client_body"
    "proxy"
    "fastcgi"
    "uwsgi"
    "scgi"
  ]
  ++ [
    (block "map $http_upgrade $connection_upgrade" [
      "default upgrade;"
      "\"\" close;"
    ])
    (optionals cfg.recommendedOptimisation [
      "sendfile on;"
      "tcp_nopush on;"
      "tcp_nodelay on;"
      "keepalive_timeout 65;"
    ])
    (optionals cfg.recommendedGzipSettings [
      "gzip on;"
      "gzip_proxied any;"
      "gzip_types text/plain text/css application/json application/javascript;"
    ])
    cfg.commonHttpConfig
  ]
  ++ lib.mapAttrsToList upstreamText cfg.upstreams
  ++ map hostText (builtins.attrValues cfg.virtualHosts)
  ++ [
    cfg.httpConfig
    cfg.appendHttpConfig
  ];

  configFile = pkgs.writeText "nginx.conf" (
    if cfg.config != "" then
      cfg.config
    else
      lib.concatLines (
        [
          "pid /run/nginx/nginx.pid;"
          "error_log ${cfg.logError};"
          "daemon off;"
          cfg.appendConfig
          (block "events" [ cfg.eventsConfig ])
          (block "http" http)
        ]
        ++ lib.optional (cfg.streamConfig != "") (block "stream" [ cfg.streamConfig ])
      )
  );
in
{
  options.services.nginx = {
    enable = flag false "Whether nginx runs.";
    package = mkOption {
      type = types.package;
      default = pkgs.nginx;
      defaultText = lib.literalExpression "pkgs.nginx";
      description = "The nginx package.";
    };
    user = mkOption {
      type = types.str;
      default = "nginx";
      description = "The account of the server.";
    };
    group = mkOption {
      type = types.str;
      default = "nginx";
      description = "The group of the server.";
    };
    virtualHosts = mkOption {
      type = types.attrsOf hostType;
      default = { };
      example = lib.literalExpression ''{ "example.org".locations."/".proxyPass = "http://127.0.0.1:3000"; }'';
      description = "Hosts, by name.";
    };
    upstreams = mkOption {
      type = types.attrsOf upstreamType;
      default = { };
      description = "Groups of servers, by name.";
    };
    logError = mkOption {
      type = types.str;
      default = "stderr";
      description = "Where errors are logged.";
    };
    clientMaxBodySize = mkOption {
      type = types.str;
      default = "10m";
      description = "How large a request may be.";
    };
    defaultHTTPListenPort = mkOption {
      type = types.port;
      default = 80;
      description = "The port of plain hosts.";
    };
    defaultSSLListenPort = mkOption {
      type = types.port;
      default = 443;
      description = "The port of encrypted hosts.";
    };
    serverTokens = flag false "Whether the server tells its version.";
    enableReload = flag false "Whether a changed configuration is reloaded instead of restarting the server.";
    recommendedProxySettings = flag false "Whether clients are named to the servers behind.";
    recommendedOptimisation = flag false "Whether files are sent efficiently.";
    recommendedGzipSettings = flag false "Whether answers are compressed.";
    recommendedTlsSettings = flag false "Accepted and not used.";
    config = lines "The whole configuration, instead of all other options.";
    appendConfig = lines "Lines outside of any block.";
    eventsConfig = lines "Lines of the events block.";
    httpConfig = lines "Lines of the http block.";
    appendHttpConfig = lines "Lines at the end of the http block.";
    commonHttpConfig = lines "Lines before the hosts.";
    streamConfig = lines "Lines of the stream block.";
  };

  config = lib.mkIf cfg.enable {
    users.users = lib.mkIf (cfg.user == "nginx") {
      nginx = {
        isSystemUser = true;
        inherit (cfg) group;
        uid = 60;
      };
    };
    users.groups = lib.mkIf (cfg.group == "nginx") { nginx.gid = 60; };
    environment.systemPackages = [ cfg.package ];

    systemd.services.nginx = {
      description = "Nginx Web Server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      stopIfChanged = false;
      reloadIfChanged = cfg.enableReload;
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/nginx -c ${configFile}";
        ExecReload = "${pkgs.coreutils}/bin/kill -HUP $MAINPID";
        Restart = "always";
        RestartSec = "10s";
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = "nginx";
        CacheDirectory = "nginx";
        LogsDirectory = "nginx";
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
        NoNewPrivileges = true;
        PrivateTmp = true;
        UMask = "0027";
      };
    };
  };
}
