package eval

import (
	"strings"

	"berth.dev/nix/diagnostic"
)

// coreDirectory is where the files of <nix/...> appear.
const coreDirectory = "/__corepkgs__"

// corePath finds a file that comes with the language.
func corePath(name string) (string, bool) {
	if name == "nix/fetchurl.nix" {
		return coreDirectory + strings.TrimPrefix(name, "nix"), true
	}
	return "", false
}

func (t *thread) parseCore(p string) node {
	origin := diagnostic.Origin{Kind: diagnostic.OriginBuiltin, Name: "nix" + strings.TrimPrefix(p, coreDirectory)}
	return t.parse([]byte(fetchurlText), origin, "/", nil, nil)
}

// fetchurlText is <nix/fetchurl.nix>: a fixed-output derivation that the store
// builds itself. Its attributes are part of the hash of what uses it.
const fetchurlText = `
let
  # The first digest that is given, and the algorithm that its name tells.
  chosen = candidates: builtins.head (builtins.filter (c: c.digest != "") candidates ++ [ { algorithm = "sha256"; digest = ""; } ]);
  named = algorithm: digest: { inherit algorithm digest; };
in
{
  system ? "", # accepted and not used
  url,
  name ? baseNameOf (toString url),
  hash ? "",
  sha512 ? "",
  sha256 ? "",
  sha1 ? "",
  md5 ? "",
  outputHash ? (chosen [ (named "" hash) (named "sha512" sha512) (named "sha1" sha1) (named "md5" md5) (named "sha256" sha256) ]).digest,
  outputHashAlgo ? (chosen [ (named "" hash) (named "sha512" sha512) (named "sha1" sha1) (named "md5" md5) (named "sha256" sha256) ]).algorithm,
  executable ? false,
  unpack ? false,
  impure ? false,
}:
derivation (
  {
    inherit name url executable unpack;
    builder = "builtin:fetchurl";
    system = "builtin";
    outputHashMode = if unpack || executable then "recursive" else "flat";
    preferLocalBuild = true;
    impureEnvVars = map (protocol: protocol + "_proxy") [ "http" "https" "ftp" "all" "no" ];
    urls = [ url ];
  }
  // (if impure then { __impure = true; } else { inherit outputHash outputHashAlgo; })
)
`
