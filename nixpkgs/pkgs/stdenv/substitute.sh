# Replacing text in files.

# substitute IN OUT [--replace-fail|--replace-warn|--replace-quiet|--replace A B]... [--subst-var V]... [--subst-var-by V T]...
substitute() {
  local from=$1 to=$2 content
  shift 2
  [ -f "$from" ] || { echo "substitute: file '$from' does not exist" >&2; return 1; }
  content=$(cat -- "$from" && printf x)
  content=${content%x}
  substituteStream "$from" "$@"
  printf %s "$content" >"$to"
}

# substituteStream changes the variable content of its caller.
substituteStream() {
  local from=$1 how old new
  shift
  while [ $# -gt 0 ]; do
    how=--replace-quiet
    case $1 in
      --replace | --replace-warn | --replace-fail | --replace-quiet) how=$1 old=$2 new=$3; shift 3 ;;
      --subst-var)
        [ -n "${!2+x}" ] || { echo "substitute: variable '$2' is not set" >&2; return 1; }
        old="@$2@" new=${!2}; shift 2 ;;
      --subst-var-by) old="@$2@" new=$3; shift 3 ;;
      *) echo "substitute: unknown option $1" >&2; return 1 ;;
    esac
    if [[ $how != --replace-quiet && $content != *"$old"* ]]; then
      echo "substitute: '$from' does not contain '$old'" >&2
      [ "$how" != --replace-fail ] || return 1
    fi
    content=${content//"$old"/"$new"}
  done
}

substituteInPlace() {
  local files=() file
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do files+=("$1"); shift; done
  for file in "${files[@]}"; do
    substitute "$file" "$file.substituted" "$@"
    cat "$file.substituted" >"$file" # keeps the mode
    rm "$file.substituted"
  done
}

# substituteAll replaces every @name@ of a variable that is set and begins with a small letter.
substituteAll() {
  local arguments=() name
  while read -r name; do arguments+=(--subst-var "$name"); done < <(compgen -e | grep '^[a-z][A-Za-z0-9_]*$')
  substitute "$1" "$2" "${arguments[@]}"
}
substituteAllInPlace() {
  local file
  for file; do
    substituteAll "$file" "$file.substituted"
    cat "$file.substituted" >"$file"
    rm "$file.substituted"
  done
}
