# services.nginx: a web server and proxy.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption optionalString types;
  cfg = config.services.nginx;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  text =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  locationType = types.submodule {
    options = {
      proxyPass = optional types.str "The server that requests are passed on to.";
      proxyWebsockets = flag false "Whether upgrades to web sockets are passed on.";
      recommendedProxySettings = flag cfg.recommendedProxySettings "Whether the client is named to the server.";
      root = optional types.path "The directory with the files.";
      alias = optional types.path "The directory that stands for the location.";
      index = optional types.str "Names of index files.";
      tryFiles = optional types.str "Files that are tried.";
      return = optional (types.either types.str types.int) "The answer.";
      basicAuthFile = optional types.path "A file of users and passwords.";
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
      extraConfig = text "Lines of the location.";
    };
  };

  hostType = types.submodule (
    { name, ... }:
    {
      options = {
        serverName = optional types.str "The host's name; null is the attribute's name." // {
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
        root = optional types.path "The directory with the files.";
        addSSL = flag false "Whether the host is also encrypted.";
        onlySSL = flag false "Whether the host is only encrypted.";
        forceSSL = flag false "Whether plain requests are sent to the encrypted host.";
        sslCertificate = optional types.path "The certificate.";
        sslCertificateKey = optional types.path "The certificate's key.";
        globalRedirect = optional types.str "The host that all requests are sent to.";
        basicAuthFile = optional types.path "A file of users and passwords.";
        locations = mkOption {
          type = types.attrsOf locationType;
          default = { };
          description = "Parts of the host, by path.";
        };
        extraConfig = text "Lines of the host.";
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
      extraConfig = text "Lines of the group.";
    };
  };

  setting = key: value: optionalString (value != null) "${key} ${toString value};\n";

  locationText = path: location: ''
    location ${path} {
    ${setting "proxy_pass" location.proxyPass}${
      optionalString location.proxyWebsockets ''
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
      ''
    }${
      optionalString (location.proxyPass != null && location.recommendedProxySettings) proxyHeaders
    }${setting "root" location.root}${setting "alias" location.alias}${setting "index" location.index}${setting "try_files" location.tryFiles}${setting "return" location.return}${passwords location.basicAuthFile}${
      lib.concatStrings (
        lib.mapAttrsToList (key: value: "fastcgi_param ${key} \"${value}\";\n") location.fastcgiParams
      )
    }${location.extraConfig}}
  '';

  proxyHeaders = ''
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $host;
    proxy_set_header X-Forwarded-Server $hostname;
  '';

  passwords = file: optionalString (file != null) "auth_basic secured;\nauth_basic_user_file ${file};\n";

  hasSSL = host: host.addSSL || host.onlySSL || host.forceSSL;

  listens =
    host:
    if host.listen != [ ] then
      host.listen
    else
      lib.optional (!host.onlySSL) {
        addr = "0.0.0.0";
        port = cfg.defaultHTTPListenPort;
        ssl = false;
        extraParameters = [ ];
      }
      ++ lib.optional (hasSSL host) {
        addr = "0.0.0.0";
        port = cfg.defaultSSLListenPort;
        ssl = true;
        extraParameters = [ ];
      };

  listenText =
    host: l:
    "listen ${l.addr}:${toString l.port}${optionalString l.ssl " ssl"}${optionalString host.default " default_server"}${
      lib.concatMapStrings (word: " ${word}") l.extraParameters
    };\n";

  serverBlock = host: listening: body: ''
    server {
    ${lib.concatMapStrings (listenText host) listening}server_name ${
      lib.concatStringsSep " " ([ host.serverName ] ++ host.serverAliases)
    };
    ${body}}
  '';

  hostText =
    host:
    let
      all = listens host;
      redirected = lib.filter (l: !l.ssl) all;
      content =
        setting "ssl_certificate" host.sslCertificate
        + setting "ssl_certificate_key" host.sslCertificateKey
        + setting "root" host.root
        + passwords host.basicAuthFile
        + optionalString (host.globalRedirect != null) "return 301 $scheme://${host.globalRedirect}$request_uri;\n"
        + lib.concatStrings (map (l: locationText l.path l) (sorted host.locations))
        + host.extraConfig;
    in
    if host.forceSSL then
      serverBlock host redirected "return 301 https://$host$request_uri;\n"
      + serverBlock host (lib.filter (l: l.ssl) all) content
    else
      serverBlock host all content;

  sorted =
    locations:
    lib.sort (a: b: a.priority < b.priority) (
      lib.mapAttrsToList (path: location: location // { inherit path; }) locations
    );

  upstreamText =
    name: upstream:
    "upstream ${name} {\n"
    + lib.concatStrings (
      lib.mapAttrsToList (
        address: words:
        "server ${address}${
          lib.concatStrings (
            lib.mapAttrsToList (
              word: value: if value == true then " ${word}" else optionalString (value != false) " ${word}=${toString value}"
            ) words
          )
        };\n"
      ) upstream.servers
    )
    + upstream.extraConfig
    + "}\n";

  configFile = pkgs.writeText "nginx.conf" (
    if cfg.config != "" then
      cfg.config
    else
      ''
        pid /run/nginx/nginx.pid;
        error_log ${cfg.logError};
        daemon off;
        ${cfg.appendConfig}
        events {
        ${cfg.eventsConfig}
        }
        http {
        include /etc/nginx/mime.types;
        default_type application/octet-stream;
        access_log syslog:server=unix:/dev/log,nohostname;
        client_max_body_size ${cfg.clientMaxBodySize};
        server_tokens ${if cfg.serverTokens then "on" else "off"};
        client_body_temp_path /var/cache/nginx/client_body;
        proxy_temp_path /var/cache/nginx/proxy;
        fastcgi_temp_path /var/cache/nginx/fastcgi;
        uwsgi_temp_path /var/cache/nginx/uwsgi;
        scgi_temp_path /var/cache/nginx/scgi;
        map $http_upgrade $connection_upgrade {
        default upgrade;
        "" close;
        }
        ${optionalString cfg.recommendedOptimisation "sendfile on;\ntcp_nopush on;\ntcp_nodelay on;\nkeepalive_timeout 65;\n"}${optionalString cfg.recommendedGzipSettings "gzip on;\ngzip_proxied any;\ngzip_types text/plain text/css application/json application/javascript;\n"}${cfg.commonHttpConfig}
        ${lib.concatStrings (lib.mapAttrsToList upstreamText cfg.upstreams)}
        ${lib.concatMapStrings hostText (builtins.attrValues cfg.virtualHosts)}
        ${cfg.httpConfig}
        ${cfg.appendHttpConfig}
        }
        ${optionalString (cfg.streamConfig != "") "stream {\n${cfg.streamConfig}\n}\n"}
      ''
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
    config = text "The whole configuration, instead of all other options.";
    appendConfig = text "Lines outside of any block.";
    eventsConfig = text "Lines of the events block.";
    httpConfig = text "Lines of the http block.";
    appendHttpConfig = text "Lines at the end of the http block.";
    commonHttpConfig = text "Lines before the hosts.";
    streamConfig = text "Lines of the stream block.";
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
        ExecStart = "/usr/sbin/nginx -c ${configFile}";
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
