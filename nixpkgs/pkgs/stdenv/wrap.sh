# Wrappers: small scripts that set variables and then run a program.

# makeWrapper PROGRAM WRAPPER [--set|--set-default|--unset|--prefix|--suffix|--add-flags|--run|--chdir|--argv0|--inherit-argv0 ...]...
makeWrapper() {
  local program=$1 wrapper=$2
  shift 2
  [ -e "$program" ] || [ -L "$program" ] || { echo "makeWrapper: '$program' does not exist" >&2; return 1; }
  mkdir -p "$(dirname "$wrapper")"
  local lines=() before=() after=() name='-a "$0"' list
  while [ $# -gt 0 ]; do
    case $1 in
      --set) lines+=("export $2=$(printf %q "$3")"); shift 3 ;;
      --set-default) lines+=("export $2=\${$2-$(printf %q "$3")}"); shift 3 ;;
      --unset) lines+=("unset $2"); shift 2 ;;
      --prefix) wrapPrefix "$2" "$3" "$4"; shift 4 ;;
      --suffix) wrapSuffix "$2" "$3" "$4"; shift 4 ;;
      --prefix-each | --suffix-each)
        for list in $4; do if [ "$1" = --prefix-each ]; then wrapPrefix "$2" "$3" "$list"; else wrapSuffix "$2" "$3" "$list"; fi; done
        shift 4 ;;
      --add-flags) before+=("$2"); shift 2 ;;
      --append-flags) after+=("$2"); shift 2 ;;
      --add-flag) before+=("$(printf %q "$2")"); shift 2 ;;
      --append-flag) after+=("$(printf %q "$2")"); shift 2 ;;
      --run) lines+=("$2"); shift 2 ;;
      --chdir) lines+=("cd $(printf %q "$2")"); shift 2 ;;
      --argv0) name="-a $(printf %q "$2")"; shift 2 ;;
      --inherit-argv0) name='-a "$0"'; shift ;;
      --resolve-argv0) shift ;;
      *) echo "makeWrapper: unknown option $1" >&2; return 1 ;;
    esac
  done
  {
    echo "#!$SHELL -e"
    [ ${#lines[@]} -eq 0 ] || printf '%s\n' "${lines[@]}"
    echo "exec $name $(printf %q "$program") ${before[*]-} \"\$@\" ${after[*]-}"
  } >"$wrapper"
  chmod +x "$wrapper"
}

# A value that is there already moves to the front, or stays.
wrapPrefix() {
  local value
  value=$(printf %q "$3")
  lines+=("case \"$2\${$1-}$2\" in $(printf %q "$2")$value$(printf %q "$2")*) ;; *) export $1=$value\${$1:+$(printf %q "$2")\$$1} ;; esac")
}
wrapSuffix() {
  local value
  value=$(printf %q "$3")
  lines+=("case \"$2\${$1-}$2\" in *$(printf %q "$2")$value$(printf %q "$2")*) ;; *) export $1=\${$1:+\$$1$(printf %q "$2")}$value ;; esac")
}

makeShellWrapper() { makeWrapper "$@"; }
makeBinaryWrapper() { makeWrapper "$@"; }

wrapProgram() {
  local program=$1 hidden
  shift
  [ -e "$program" ] || { echo "wrapProgram: '$program' does not exist" >&2; return 1; }
  hidden=$(dirname "$program")/.$(basename "$program")-wrapped
  while [ -e "$hidden" ]; do hidden+=_; done
  mv "$program" "$hidden"
  makeWrapper "$hidden" "$program" "$@"
}
wrapProgramShell() { wrapProgram "$@"; }
wrapProgramBinary() { wrapProgram "$@"; }

# Installing what build systems leave out.
installBin() { local f; for f; do install -Dm755 "$f" "${!outputBin}/bin/$(basename "$f")"; done; }

installManPage() {
  local f section
  for f; do
    section=${f%.gz} section=${section##*.}
    install -Dm644 "$f" "${!outputMan}/share/man/man${section:0:1}/$(basename "$f")"
  done
}

# installShellCompletion [--cmd NAME] [--bash|--fish|--zsh [FILE]]... where FILE may be <(command)
installShellCompletion() {
  local shell='' cmd='' name='' f
  while [ $# -gt 0 ]; do
    case $1 in
      --cmd) cmd=$2; shift 2; continue ;;
      --name) name=$2; shift 2; continue ;;
      --bash | --fish | --zsh) shell=${1#--}; shift; continue ;;
      --) shift; continue ;;
    esac
    f=$1
    shift
    [ -n "$shell" ] || case $f in *.bash) shell=bash ;; *.fish) shell=fish ;; *.zsh | */_*) shell=zsh ;; *) die "installShellCompletion: which shell is $f for?" ;; esac
    case $shell in
      bash) install -Dm644 "$f" "$out/share/bash-completion/completions/${name:-${cmd:-$(basename "$f" .bash)}}" ;;
      fish) install -Dm644 "$f" "$out/share/fish/vendor_completions.d/${name:-${cmd:-$(basename "$f" .fish)}.fish}" ;;
      zsh) install -Dm644 "$f" "$out/share/zsh/site-functions/${name:-_${cmd:-$(basename "$f" .zsh)}}" ;;
    esac
    name=''
  done
}
