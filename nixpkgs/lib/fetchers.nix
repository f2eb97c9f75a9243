# What fixed-output fetchers share: the environment that passes proxies
# through, and one form for hashes.
{ lib }:
let
  inherit (builtins) filter functionArgs head length;
in
{
  # Variables of the caller's environment that a fetcher may see.
  proxyImpureEnvVars = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
    "HTTP_PROXY"
    "HTTPS_PROXY"
    "FTP_PROXY"
    "ALL_PROXY"
    "NO_PROXY"
    "NIX_SSL_CERT_FILE"
  ];

  # normalizeHash :: { hashTypes ? ; required ? true; } -> args -> args
  # Replaces hash, sha256 or sha512 by outputHash and outputHashAlgo.
  normalizeHash =
    {
      hashTypes ? [ "sha256" ],
      required ? true,
    }:
    args:
    let
      names = filter (name: args ? ${name}) ([ "hash" ] ++ hashTypes);
      name = head names;
      rest = removeAttrs args ([ "hash" ] ++ hashTypes);
    in
    if length names > 1 then
      throw "fetch: only one of ${lib.concatStringsSep ", " names} can be given"
    else if names == [ ] then
      (if required then throw "fetch: one of ${lib.concatStringsSep ", " ([ "hash" ] ++ hashTypes)} is needed" else args)
    else
      rest
      // {
        outputHash = args.${name};
        outputHashAlgo = if name == "hash" then null else name;
      };

  # withNormalizedHash :: { hashTypes ? ; } -> function -> function
  # A fetcher written for outputHash that can be called with any kind of hash.
  withNormalizedHash =
    {
      hashTypes ? [ "sha256" ],
    }:
    fetcher:
    let
      formals = functionArgs fetcher;
      own = removeAttrs formals [ "outputHash" "outputHashAlgo" ];
    in
    lib.setFunctionArgs (
      args:
      fetcher (lib.fetchers.normalizeHash {
        inherit hashTypes;
        required = !formals.outputHash;
      } args)
    ) (own // lib.genAttrs ([ "hash" ] ++ hashTypes) (_: true));
}
