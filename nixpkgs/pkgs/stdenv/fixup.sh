# What is done to outputs after they are installed. Which Debian packages they
# need at run time is found after the build, by berth itself.

# isScript and isELF look at the first bytes of a file.
isScript() { local magic; LANG=C read -r -n 2 magic <"$1" 2>/dev/null || true; [ "$magic" = '#!' ]; }
isELF() { local magic; LANG=C read -r -n 4 magic <"$1" 2>/dev/null || true; [ "$magic" = $'\177ELF' ]; }

# patchShebangs [--host|--build|--update] PATH... lets scripts name their
# interpreter by its store path, so that whoever has the script has it too.
patchShebangs() {
  local files=() file
  while [ $# -gt 0 ]; do case $1 in --*) shift ;; *) files+=("$1"); shift ;; esac; done
  [ ${#files[@]} -gt 0 ] || return 0
  while IFS= read -r -d '' file; do
    ! isScript "$file" || patchShebang "$file"
  done < <(find "${files[@]}" -type f -perm -0100 -print0)
}

patchShebang() {
  local file=$1 line interpreter arguments name found
  IFS= read -r line <"$file" || true
  read -r interpreter arguments <<<"${line:2}"
  [[ $interpreter == /* && $interpreter != /nix/store/* ]] || return 0
  name=$(basename "$interpreter")
  if [ "$name" = env ]; then
    [[ $arguments != -S* ]] || arguments=${arguments#-S}
    read -r name arguments <<<"$arguments"
    [[ $name != -* && $name != *=* ]] || return 0
  fi
  found=$(PATH=${HOST_PATH:-$PATH} type -P "$name") || return 0
  echo "$file: interpreter \"$line\" becomes \"$found${arguments:+ $arguments}\""
  chmod u+w "$file"
  sed -i "1s|.*|#!$found${arguments:+ $arguments}|" "$file"
}

# stripOutputs removes what only a debugger reads.
stripOutputs() {
  [ -z "${dontStrip-}" ] && type -P strip >/dev/null || return 0
  local output dir file flags=()
  concatTo flags stripDebugFlags=-S
  for output in "${outputNames[@]}"; do
    for dir in lib lib64 libexec bin sbin; do
      [ -d "${!output}/$dir" ] && [ ! -L "${!output}/$dir" ] || continue
      while IFS= read -r -d '' file; do
        ! isELF "$file" || strip "${flags[@]}" -p "$file" 2>/dev/null || true
      done < <(find "${!output}/$dir" -type f -print0)
    done
  done
}

# moveToOutput PATTERN OUTPUT moves files from all other outputs.
moveToOutput() {
  local pattern=$1 target=$2 output file
  for output in "${outputNames[@]}"; do
    [ "$output" != "$target" ] && [ "${!output}" != "${!target-}" ] || continue
    for file in "${!output}"/$pattern; do
      [ -e "$file" ] || [ -L "$file" ] || continue
      if [ "$target" = REMOVE ]; then rm -rf "$file"; continue; fi
      local place=${!target}/${file#"${!output}"/}
      mkdir -p "$(dirname "$place")"
      if [ -d "$place" ]; then cp -a "$file"/. "$place"/ && rm -r "$file"; else mv "$file" "$place"; fi
      rmdir -p --ignore-fail-on-non-empty "$(dirname "$file")" 2>/dev/null || true
    done
  done
}

# splitOutputs sends documentation and headers where the outputs say.
splitOutputs() {
  [ ${#outputNames[@]} -gt 1 ] || return 0
  moveToOutput share/man "$outputMan"
  moveToOutput share/info "$outputInfo"
  moveToOutput share/doc "$outputDoc"
  moveToOutput share/gtk-doc "$outputDevdoc"
  moveToOutput include "$outputInclude"
  moveToOutput lib/pkgconfig "$outputDev"
  moveToOutput share/pkgconfig "$outputDev"
  moveToOutput lib/cmake "$outputDev"
  moveToOutput share/aclocal "$outputDev"
}

# tidyOutput brings one output into the form that all packages have.
tidyOutput() {
  local dir=$1 file
  if [ -d "$dir/sbin" ] && [ ! -L "$dir/sbin" ] && [ -z "${dontMoveSbin-}" ]; then
    mkdir -p "$dir/bin"
    for file in "$dir"/sbin/*; do mv "$file" "$dir/bin/"; done
    rmdir "$dir/sbin"
    ln -s bin "$dir/sbin"
  fi
  if [ -d "$dir/lib64" ] && [ ! -L "$dir/lib64" ] && [ -z "${dontMoveLib64-}" ]; then
    mkdir -p "$dir/lib"
    for file in "$dir"/lib64/*; do mv "$file" "$dir/lib/"; done
    rmdir "$dir/lib64"
    ln -s lib "$dir/lib64"
  fi
  if [ -d "$dir/share/man" ] && [ -z "${dontGzipMan-}" ]; then
    find "$dir/share/man" -type f ! -name '*.gz' ! -name '*.bz2' ! -name '*.xz' -exec gzip -9 -n -f {} +
    while IFS= read -r -d '' file; do
      ln -sf "$(readlink "$file").gz" "$file.gz"
      rm "$file"
    done < <(find "$dir/share/man" -type l ! -name '*.gz' -print0)
  fi
  if [ -z "${dontPruneLibtoolFiles-}" ] && [ -d "$dir/lib" ]; then
    find "$dir/lib" -name '*.la' -type f -exec sed -i "/^dependency_libs='[^']/s/^dependency_libs='.*'/dependency_libs=''/" {} +
  fi
}

fixupPhase() {
  local output
  for output in "${outputNames[@]}"; do
    [ ! -e "${!output}" ] || chmod -R u+w,u-s,g-s "${!output}"
  done
  runHook preFixup
  splitOutputs
  for output in "${outputNames[@]}"; do
    [ -d "${!output}" ] || continue
    prefix=${!output} output=$output runHook fixupOutput
    tidyOutput "${!output}"
    [ -n "${dontPatchShebangs-}" ] || patchShebangs "${!output}"
  done
  stripOutputs
  recordPropagation
  runHook postFixup
}

# recordPropagation leaves word for those who will use this package as an input.
recordPropagation() {
  local list dev=${!outputDev}
  for list in propagatedBuildInputs:propagated-build-inputs propagatedNativeBuildInputs:propagated-native-build-inputs; do
    [ -n "$(words "${list%:*}")" ] || continue
    mkdir -p "$dev/nix-support"
    words "${list%:*}" | tr '\n' ' ' >"$dev/nix-support/${list#*:}"
  done
  if [ -n "${setupHook-}" ]; then
    mkdir -p "$dev/nix-support"
    substituteAll "$setupHook" "$dev/nix-support/setup-hook"
  fi
}
