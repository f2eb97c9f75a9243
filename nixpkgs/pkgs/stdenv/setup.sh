# The phases of mkDerivation. Everything a phase needs is in the environment:
# attributes of the derivation are variables, lists are separated by spaces.
set -eu -o pipefail
set +u

# Builds start with a SHELL that does not exist, so that nobody relies on one.
export SHELL=$BASH HOME=${TMPDIR:-/tmp}
prefix=${prefix:-$out}
: "${outputs:=out}"

# Hooks: hooks named x are the variable x and the array xHooks.
runHook() {
  local hook=$1 f
  if declare -F "$hook" >/dev/null; then "$hook"; elif [ -n "${!hook-}" ]; then eval "${!hook}"; fi
  local -n list=${hook}Hooks 2>/dev/null || return 0
  for f in "${list[@]-}"; do
    [ -n "$f" ] || continue
    if declare -F "$f" >/dev/null; then "$f"; else eval "$f"; fi
  done
}

substituteInPlace() {
  local files=() arguments=()
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do files+=("$1"); shift; done
  arguments=("$@")
  local file
  for file in "${files[@]}"; do substitute "$file" "$file.substituted" "${arguments[@]}"
    cat "$file.substituted" >"$file"
    rm "$file.substituted"
  done
}

# substitute IN OUT [--replace-fail|--replace-warn|--replace A B]... [--subst-var V]... [--subst-var-by V T]...
substitute() {
  local from=$1 to=$2 content old new
  shift 2
  content=$(cat "$from" && printf x)
  content=${content%x}
  while [ $# -gt 0 ]; do
    case $1 in
      --replace | --replace-fail | --replace-warn | --replace-quiet)
        old=$2 new=$3
        if [[ $content != *"$old"* ]]; then
          case $1 in
            --replace-fail) echo "substitute: $from does not contain '$old'" >&2; return 1 ;;
            --replace | --replace-warn) echo "substitute: $from does not contain '$old'" >&2 ;;
          esac
        fi
        shift 3
        ;;
      --subst-var) old="@$2@" new=${!2-}; shift 2 ;;
      --subst-var-by) old="@$2@" new=$3; shift 3 ;;
      *) echo "substitute: unknown option $1" >&2; return 1 ;;
    esac
    content=${content//"$old"/"$new"}
  done
  printf %s "$content" >"$to"
}

makeWrapper() {
  local program=$1 wrapper=$2
  shift 2
  mkdir -p "$(dirname "$wrapper")"
  local lines=() flags=() name=
  while [ $# -gt 0 ]; do
    case $1 in
      --set) lines+=("export $2=$(printf %q "$3")"); shift 3 ;;
      --set-default) lines+=("export $2=\${$2-$(printf %q "$3")}"); shift 3 ;;
      --unset) lines+=("unset $2"); shift 2 ;;
      --prefix) lines+=("export $2=$(printf %q "$4")\${$2:+$(printf %q "$3")\$$2}"); shift 4 ;;
      --suffix) lines+=("export $2=\${$2:+\$$2$(printf %q "$3")}$(printf %q "$4")"); shift 4 ;;
      --add-flags | --append-flags) flags+=("$2"); shift 2 ;;
      --add-flag | --append-flag) flags+=("$(printf %q "$2")"); shift 2 ;;
      --run) lines+=("$2"); shift 2 ;;
      --chdir) lines+=("cd $(printf %q "$2")"); shift 2 ;;
      --argv0) name="-a $(printf %q "$2")"; shift 2 ;;
      --inherit-argv0) name='-a "$0"'; shift ;;
      *) echo "makeWrapper: unknown option $1" >&2; return 1 ;;
    esac
  done
  {
    echo "#!$SHELL"
    [ ${#lines[@]} -eq 0 ] || printf '%s\n' "${lines[@]}"
    echo "exec $name $(printf %q "$program") ${flags[*]-} \"\$@\""
  } >"$wrapper"
  chmod +x "$wrapper"
}

wrapProgram() {
  local program=$1 hidden
  hidden=$(dirname "$1")/.$(basename "$1")-wrapped
  shift
  mv "$program" "$hidden"
  makeWrapper "$hidden" "$program" "$@"
}

installBin() { local f; for f; do install -Dm755 "$f" "${bin:-$out}/bin/$(basename "$f")"; done; }

unpackFile() {
  case $1 in
    *.tar.* | *.tar | *.tgz | *.txz | *.tbz2) tar -xf "$1" ;;
    *.zip) unzip -q "$1" ;;
    *)
      if [ -d "$1" ]; then
        local name
        name=$(basename "$1")
        cp -r --no-preserve=ownership "$1" "${name#*-}"
        chmod -R u+w "${name#*-}"
      else
        echo "do not know how to unpack $1" >&2
        return 1
      fi
      ;;
  esac
}

unpackPhase() {
  runHook preUnpack
  local before file
  before=$(ls -A)
  for file in ${srcs:-${src-}}; do unpackFile "$file"; done
  if [ -z "${sourceRoot-}" ]; then
    local entry
    for entry in *; do
      [ -d "$entry" ] && ! grep -qxF -- "$entry" <<<"$before" && sourceRoot=$entry
    done
  fi
  [ -z "${sourceRoot-}" ] || { chmod -R u+w "$sourceRoot"; cd "$sourceRoot"; }
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  local file
  for file in ${patches-}; do patch ${patchFlags:--p1} <"$file"; done
  runHook postPatch
}

configurePhase() {
  runHook preConfigure
  if [ -x "${configureScript:-./configure}" ]; then
    ${configureScript:-./configure} ${dontAddPrefix:-"--prefix=$prefix"} ${configureFlags-}
  fi
  runHook postConfigure
}

hasMakefile() { [ -e Makefile ] || [ -e makefile ] || [ -e GNUmakefile ] || [ -n "${makefile-}" ]; }

runMake() { make ${makefile:+-f "$makefile"} ${enableParallelBuilding:+-j"${NIX_BUILD_CORES:-1}"} SHELL="$SHELL" ${makeFlags-} "$@"; }

buildPhase() {
  runHook preBuild
  if hasMakefile; then runMake ${buildFlags-}; fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  if hasMakefile; then runMake ${checkFlags-} "${checkTarget:-check}"; fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if hasMakefile; then runMake prefix="$prefix" ${installFlags-} ${installTargets:-install}; fi
  runHook postInstall
}

# The packages a script or program needs at run time are recorded beside it,
# because /usr/bin/x carries no hash that a reference scan could find.
fixupPhase() {
  runHook preFixup
  local output
  for output in $outputs; do
    [ ! -d "${!output}" ] || chmod -R u+w "${!output}"
  done
  if [ -n "${propagatedBuildInputs-}" ] && [ -d "$out" ]; then
    mkdir -p "$out/nix-support"
    echo "$propagatedBuildInputs" >"$out/nix-support/propagated-build-inputs"
  fi
  runHook postFixup
}

installCheckPhase() {
  runHook preInstallCheck
  runHook postInstallCheck
}

distPhase() { runHook preDist; runHook postDist; }

runPhase() {
  local phase=$1
  case $phase in
    unpackPhase) [ -z "${dontUnpack-}" ] || return 0 ;;
    patchPhase) [ -z "${dontPatch-}" ] || return 0 ;;
    configurePhase) [ -z "${dontConfigure-}" ] || return 0 ;;
    buildPhase) [ -z "${dontBuild-}" ] || return 0 ;;
    checkPhase) [ -n "${doCheck-}" ] || return 0 ;;
    installPhase) [ -z "${dontInstall-}" ] || return 0 ;;
    fixupPhase) [ -z "${dontFixup-}" ] || return 0 ;;
    installCheckPhase) [ -n "${doInstallCheck-}" ] || return 0 ;;
    distPhase) [ -n "${doDist-}" ] || return 0 ;;
  esac
  echo "Running phase: $phase"
  if [ -n "${!phase-}" ]; then eval "${!phase}"; else "$phase"; fi
}

genericBuild() {
  if [ -n "${buildCommandPath-}" ]; then . "$buildCommandPath"; return; fi
  if [ -n "${buildCommand-}" ]; then eval "$buildCommand"; return; fi
  local phase
  for phase in ${phases:-${prePhases-} unpackPhase patchPhase ${preConfigurePhases-} configurePhase ${preBuildPhases-} buildPhase checkPhase ${preInstallPhases-} installPhase ${preFixupPhases-} fixupPhase installCheckPhase ${preDistPhases-} distPhase ${postPhases-}}; do
    runPhase "$phase"
  done
}
