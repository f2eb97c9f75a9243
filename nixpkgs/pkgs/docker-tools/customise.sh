# Runs the commands of an image in the tree of its contents and keeps the
# result with owners and modes. It is the body of a build whose user is root of
# a namespace of its own.
tree=$NIX_BUILD_TOP/tree
mkdir "$tree"
cp -a --no-preserve=ownership,mode,timestamps "$contents/." "$tree"
chmod -R u+w "$tree"

# They go on after a command that fails, as in nixpkgs.
(cd "$tree" && set +eu +o pipefail && . "$extraCommandsPath")

if [ ! -s "$fakeRootCommandsPath" ]; then
  :
elif [ -z "${inChroot:-}" ]; then
  (cd "$tree" && set +u && . "$fakeRootCommandsPath")
else
  # The commands see the tree as the root. Programs are there because the
  # system's /usr lies below that of the tree; only what the commands change is
  # in the image.
  mkdir "$NIX_BUILD_TOP/work"
  made=
  for dir in bin sbin lib lib64; do
    if [ ! -e "$tree/$dir" ]; then
      ln -s "usr/$dir" "$tree/$dir"
      made="$made $dir"
    fi
  done
  # Directories of the system belong to nobody here, so the tree gets its own.
  for dir in $(cd / && find usr -type d) dev proc nix nix/store tmp; do
    if [ ! -e "$tree/$dir" ]; then
      mkdir -p "$tree/$dir"
      made="$dir $made"
    fi
  done
  export tree
  unshare --mount bash -eu -c '
    cd "$tree"
    mount -t overlay overlay -o "lowerdir=/usr,upperdir=$tree/usr,workdir=$NIX_BUILD_TOP/work,userxattr" usr
    for dir in dev proc nix/store tmp; do mount --rbind "/$dir" "$dir"; done
    cp "$fakeRootCommandsPath" /tmp/commands
    exec chroot . '"$BASH"' -e -c "cd / && . /tmp/commands"
  '
  # What hides a file of the lower system is not for the image, nor is what
  # was made for the commands alone.
  find "$tree" -type c -delete
  for dir in $made; do
    if [ -L "$tree/$dir" ]; then rm "$tree/$dir"; else rmdir --ignore-fail-on-non-empty "$tree/$dir"; fi
  done
fi

mkdir "$out"
cd "$tree"
tar --create --file "$out/layer.tar" --sort=name --numeric-owner --format=posix \
  --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
  --mtime=@1 --hard-dereference .
