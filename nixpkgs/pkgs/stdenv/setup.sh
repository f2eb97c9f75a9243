# The phases of mkDerivation. Everything a phase needs is in the environment:
# attributes of the derivation are variables; lists are words in a string or,
# with structured attributes, arrays.
set -eu -o pipefail
set +u
shopt -s nullglob

if [ -n "${NIX_ATTRS_SH_FILE-}" ]; then . "$NIX_ATTRS_SH_FILE"; fi

# Builds start with a SHELL that does not exist, so that nobody relies on one.
export SHELL=$BASH CONFIG_SHELL=$BASH HOME=${TMPDIR:-/tmp} SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}
export TZ=UTC
umask 0022

# With structured attributes the outputs are a table: name to path.
outputNames=()
if declare -p outputs 2>/dev/null | grep -q '^declare -A'; then
  for output in "${!outputs[@]}"; do
    outputNames+=("$output")
    declare -x "$output=${outputs[$output]}"
  done
else
  read -ra outputNames <<<"${outputs:-out}"
fi
prefix=${prefix:-${out-}}

getAllOutputNames() { echo "${outputNames[*]}"; }

# Where each kind of file goes: the first of some outputs that there is.
firstOutput() {
  local name
  for name; do [ -z "${!name-}" ] || { echo "$name"; return; }; done
}
: "${outputDev:=$(firstOutput dev out)}" "${outputBin:=$(firstOutput bin out)}" "${outputLib:=$(firstOutput lib out)}"
: "${outputDoc:=$(firstOutput doc out)}" "${outputMan:=$(firstOutput man "$outputBin")}" "${outputDevdoc:=$(firstOutput devdoc)}"
: "${outputDevdoc:=REMOVE}" "${outputInclude:=$outputDev}" "${outputInfo:=$(firstOutput info "$outputBin")}"

nixLog() { echo "$*"; }
echoCmd() { local label=$1; shift; echo "$label: $*"; }
die() { echo "error: $*" >&2; exit 1; }
nixErrorLog() { echo "error: $*" >&2; }
nixWarnLog() { echo "warning: $*" >&2; }

# concatTo ARRAY NAME... appends the words or elements of variables to an array;
# NAME=default is used where a variable is empty.
concatTo() {
  local -n target=$1
  shift
  local item name default
  for item; do
    IFS='=' read -r name default <<<"$item"
    if [[ $(declare -p "$name" 2>/dev/null) =~ ^declare\ -[^\ ]*a ]]; then
      local -n elements=$name
      target+=("${elements[@]}")
      unset -n elements
    elif [ -n "${!name-}" ]; then
      if [[ $name == *Array ]]; then target+=("${!name}"); else
        local words
        read -ra words -d '' <<<"${!name}" || true
        target+=("${words[@]}")
      fi
    elif [ -n "$default" ]; then
      target+=("$default")
    fi
  done
}

# words NAME prints the words of a list, one per line.
words() { local list=(); concatTo list "$1"; [ ${#list[@]} -eq 0 ] || printf '%s\n' "${list[@]}"; }

concatStringsSep() {
  local separator=$1 list=() result='' item
  concatTo list "$2"
  for item in "${list[@]}"; do result+=${result:+$separator}$item; done
  printf %s "$result"
}

# prependToVar and appendToVar change a list whatever its form.
appendToVar() {
  local name=$1
  shift
  if [[ $(declare -p "$name" 2>/dev/null) =~ ^declare\ -[^\ ]*a ]]; then
    local -n list=$name
    list+=("$@")
  else
    declare -g "$name=${!name-} $*"
  fi
}
prependToVar() {
  local name=$1
  shift
  if [[ $(declare -p "$name" 2>/dev/null) =~ ^declare\ -[^\ ]*a ]]; then
    local -n list=$name
    list=("$@" "${list[@]}")
  else
    declare -g "$name=$* ${!name-}"
  fi
}

# Hooks: the hooks named x are the function or variable x and the array xHooks.
runHook() {
  local hook=$1 f
  shift
  for f in $(hookNames "$hook"); do callHook "$f" "$@"; done
  callHook "$hook" "$@"
}
hookNames() { local -n list=${1}Hooks 2>/dev/null || return 0; echo "${list[*]-}"; }
callHook() {
  local hook=$1
  shift
  if declare -F "$hook" >/dev/null; then "$hook" "$@"
  elif [ -n "${!hook-}" ]; then eval "${!hook}"
  fi
}
runOneHook() { runHook "$@"; }

addToSearchPathWithCustomDelimiter() {
  [ ! -d "$3" ] || export "$2=${!2:+${!2}$1}$3"
}
addToSearchPath() { addToSearchPathWithCustomDelimiter : "$@"; }
addEnvHooks() { shift; envHooks+=("$@"); }

# Inputs. Debian's packages are in /usr, where every program looks; what was
# built here is shown to the compiler, the linker and pkg-config.
declare -A inputsSeen=()
inputsFound=()
envHooks=()

findInput() {
  local input=$1 list more
  [ -e "$input" ] && [ -z "${inputsSeen[$input]-}" ] || return 0
  inputsSeen[$input]=1
  inputsFound+=("$input")
  for list in propagated-build-inputs propagated-native-build-inputs; do
    [ -e "$input/nix-support/$list" ] || continue
    for more in $(cat "$input/nix-support/$list"); do findInput "$more"; done
  done
  if [ -f "$input" ]; then . "$input"; elif [ -f "$input/nix-support/setup-hook" ]; then . "$input/nix-support/setup-hook"; fi
}

showInput() {
  local input=$1 dir
  addToSearchPath PATH "$input/bin"
  [ ! -e "$input/nix-support/main-parts" ] || return 0
  addToSearchPath C_INCLUDE_PATH "$input/include"
  addToSearchPath CPLUS_INCLUDE_PATH "$input/include"
  addToSearchPath LIBRARY_PATH "$input/lib"
  addToSearchPath LD_RUN_PATH "$input/lib"
  for dir in lib share; do addToSearchPath PKG_CONFIG_PATH "$input/$dir/pkgconfig"; done
  addToSearchPath ACLOCAL_PATH "$input/share/aclocal"
  addToSearchPath CMAKE_PREFIX_PATH "$input"
  addToSearchPath XDG_DATA_DIRS "$input/share"
}

findInputs() {
  local input hook list
  for list in depsBuildBuild nativeBuildInputs buildInputs propagatedBuildInputs propagatedNativeBuildInputs; do
    for input in $(words "$list"); do findInput "$input"; done
  done
  if [ -n "${doCheck-}" ]; then
    for input in $(words nativeCheckInputs) $(words checkInputs); do findInput "$input"; done
  fi
  for input in "${inputsFound[@]}"; do
    showInput "$input"
    for hook in "${envHooks[@]}"; do "$hook" "$input"; done
  done
}

stripHash() { local name=${1##*/}; if [[ $name =~ ^[a-z0-9]{32}- ]]; then name=${name:33}; fi; echo "$name"; }

unpackFile() {
  local file=$1 name
  name=$(stripHash "$file")
  echo "unpacking source archive $file"
  if [ -n "${unpackCmd-}" ]; then curSrc=$file; eval "$unpackCmd"; return; fi
  if [ -d "$file" ]; then
    cp -r --no-preserve=ownership --reflink=auto -- "$file" "$name"
    return
  fi
  case $name in
    *.tar | *.tar.* | *.tgz | *.txz | *.tbz2 | *.tbz) tar -xf "$file" --mode=+w --warning=no-timestamp ;;
    *.zip | *.jar) unzip -qq "$file" ;;
    *.gz) gzip -dc "$file" >"${name%.gz}" ;;
    *) if tar -tf "$file" >/dev/null 2>&1; then tar -xf "$file" --mode=+w; else die "do not know how to unpack $file"; fi ;;
  esac
}

unpackPhase() {
  runHook preUnpack
  local file entry sources=()
  concatTo sources srcs
  [ ${#sources[@]} -gt 0 ] || concatTo sources src
  [ ${#sources[@]} -gt 0 ] || die "variable src or srcs should say where the source is"
  local -A before=()
  for entry in *; do before[$entry]=1; done
  for file in "${sources[@]}"; do unpackFile "$file"; done
  if [ -n "${setSourceRoot-}" ]; then eval "$setSourceRoot"; fi
  if [ -z "${sourceRoot-}" ]; then
    for entry in *; do
      [ -d "$entry" ] && [ -z "${before[$entry]-}" ] || continue
      [ -z "${sourceRoot-}" ] || die "unpacking gave several directories; set sourceRoot to one of them"
      sourceRoot=$entry
    done
  fi
  [ -n "${sourceRoot-}" ] || die "unpacking gave no directory; set sourceRoot"
  echo "source root is $sourceRoot"
  [ -n "${dontMakeSourcesWritable-}" ] || chmod -R u+w -- "$sourceRoot"
  runHook postUnpack
  cd -- "${sourceRoot:-.}"
}

patchPhase() {
  runHook prePatch
  local file files=() flags=()
  concatTo files patches
  concatTo flags patchFlags=-p1
  for file in "${files[@]}"; do
    echo "applying patch $file"
    case $file in
      *.gz) gzip -dc "$file" ;;
      *.xz) xz -dc "$file" ;;
      *.bz2) bzip2 -dc "$file" ;;
      *) cat "$file" ;;
    esac | patch "${flags[@]}"
  done
  runHook postPatch
}

configurePhase() {
  runHook preConfigure
  : "${configureScript=}"
  if [ -z "$configureScript" ] && [ -x ./configure ]; then configureScript=./configure; fi
  if [ -n "$configureScript" ]; then
    local flags=()
    [ -n "${dontAddPrefix-}" ] || flags+=("${prefixKey:---prefix=}$prefix")
    if [ -f "$configureScript" ]; then
      if [ -z "${dontAddDisableDepTrack-}" ] && grep -q dependency-tracking "$configureScript"; then flags+=(--disable-dependency-tracking); fi
      if [ -z "${dontDisableStatic-}" ] && grep -q enable-static "$configureScript"; then flags+=(--disable-static); fi
    fi
    addOutputFlags flags
    concatTo flags configureFlags configureFlagsArray
    echoCmd 'configure flags' "${flags[@]}"
    # The script may be a command of several words.
    $configureScript "${flags[@]}"
  else
    echo "no configure script, doing nothing"
  fi
  runHook postConfigure
}

# addOutputFlags tells configure where the files of other outputs go.
addOutputFlags() {
  local -n more=$1
  [ ${#outputNames[@]} -gt 1 ] && [ "${setOutputFlags-1}" = 1 ] || return 0
  more+=("--bindir=${!outputBin}/bin" "--sbindir=${!outputBin}/sbin" "--includedir=${!outputInclude}/include"
    "--mandir=${!outputMan}/share/man" "--infodir=${!outputInfo}/share/info" "--docdir=${!outputDoc}/share/doc/${pname:-$name}"
    "--libdir=${!outputLib}/lib" "--libexecdir=${!outputLib}/libexec" "--localedir=${!outputLib}/share/locale")
}

hasMakefile() { [ -e Makefile ] || [ -e makefile ] || [ -e GNUmakefile ] || [ -n "${makefile-}" ]; }

# runMake DEFAULT-FLAGS... with the flags that all uses of make share.
runMake() {
  local flags=()
  [ -z "${makefile-}" ] || flags+=(-f "$makefile")
  if [ -n "${enableParallelBuilding-1}" ]; then flags+=("-j${NIX_BUILD_CORES:-1}"); fi
  flags+=("SHELL=$SHELL")
  concatTo flags makeFlags makeFlagsArray
  make "${flags[@]}" "$@"
}

buildPhase() {
  runHook preBuild
  if hasMakefile || [ -n "${makeFlags-}" ]; then
    local flags=()
    concatTo flags buildFlags buildFlagsArray
    runMake "${flags[@]}"
  else
    echo "no Makefile, doing nothing"
  fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  if hasMakefile; then
    local target=${checkTarget-} flags=()
    if [ -z "$target" ]; then
      for target in check test ''; do [ -z "$target" ] || ! make -n ${makefile:+-f "$makefile"} "$target" >/dev/null 2>&1 || break; done
    fi
    concatTo flags checkFlags=VERBOSE=y checkFlagsArray
    if [ -z "$target" ]; then echo "no check or test target, doing nothing"; else runMake "${flags[@]}" $target; fi
  fi
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if hasMakefile; then
    local flags=() targets=()
    concatTo flags installFlags installFlagsArray
    concatTo targets installTargets=install
    [ -n "${dontAddPrefix-}" ] || [ -n "${configureScript-}" ] || flags+=("PREFIX=$prefix" "prefix=$prefix")
    mkdir -p "$prefix"
    runMake "${flags[@]}" "${targets[@]}"
  else
    echo "no Makefile, doing nothing"
  fi
  runHook postInstall
}

installCheckPhase() {
  runHook preInstallCheck
  if hasMakefile && [ -n "${installCheckTarget-}" ]; then runMake $installCheckTarget; fi
  runHook postInstallCheck
}

distPhase() {
  runHook preDist
  local targets=()
  concatTo targets distTarget=dist
  runMake "${targets[@]}"
  mkdir -p "$out/tarballs"
  for targets in ${tarballs:-*.tar.gz}; do cp "$targets" "$out/tarballs/"; done
  runHook postDist
}

# skipped PHASE says whether the derivation leaves a phase out.
skipped() {
  case $1 in
    unpackPhase) [ -n "${dontUnpack-}" ] ;;
    patchPhase) [ -n "${dontPatch-}" ] ;;
    configurePhase) [ -n "${dontConfigure-}" ] ;;
    buildPhase) [ -n "${dontBuild-}" ] ;;
    checkPhase) [ -z "${doCheck-}" ] ;;
    installPhase) [ -n "${dontInstall-}" ] ;;
    fixupPhase) [ -n "${dontFixup-}" ] ;;
    installCheckPhase) [ -z "${doInstallCheck-}" ] ;;
    distPhase) [ -z "${doDist-}" ] ;;
    *) false ;;
  esac
}

runPhase() {
  local phase=$1 start=$SECONDS
  ! skipped "$phase" || return 0
  echo "Running phase: $phase"
  if [ -n "${!phase-}" ]; then eval "${!phase}"; else "$(chooseBuildSystem "$phase")"; fi
  [ $((SECONDS - start)) -lt 5 ] || echo "$phase completed in $((SECONDS - start)) seconds"
}

definePhases() {
  [ -n "${phases[*]-}" ] || phases="${prePhases[*]-} unpackPhase patchPhase ${preConfigurePhases[*]-} configurePhase ${preBuildPhases[*]-} buildPhase checkPhase ${preInstallPhases[*]-} installPhase ${preFixupPhases[*]-} fixupPhase installCheckPhase ${preDistPhases[*]-} distPhase ${postPhases[*]-}"
}

genericBuild() {
  if [ -f "${buildCommandPath-}" ]; then . "$buildCommandPath"; return; fi
  if [ -n "${buildCommand-}" ]; then eval "$buildCommand"; return; fi
  definePhases
  local phase
  for phase in ${phases[*]}; do runPhase "$phase"; done
}
