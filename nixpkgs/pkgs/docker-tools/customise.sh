# Runs the commands of an image in the tree of its contents and keeps the
# result with owners and modes. It is the body of a build whose user is root of
# a namespace of its own.
tree=$NIX_BUILD_TOP/tree
mkdir "$tree"
cp -a --no-preserve=ownership,mode,timestamps "$contents/." "$tree"
chmod -R u+w "$tree"

# They go on after a command that fails, as in nixpkgs.
(cd "$tree" && set +eu +o pipefail && . "$extraCommandsPath")

if [ -z "$fakeRootCommands" ]; then
  :
elif [ -z "${inChroot:-}" ]; then
  (cd "$tree" && set +u && . "$fakeRootCommandsPath")
else
  # The tree becomes the upper layer of this very system, so that programs and
  # the store are there, and only what the commands change is in the image.
  mkdir "$NIX_BUILD_TOP/work" "$NIX_BUILD_TOP/root"
  export tree
  unshare --mount bash -eu -c '
    mount -t overlay overlay -o "lowerdir=/,upperdir=$tree,workdir=$NIX_BUILD_TOP/work,userxattr" "$NIX_BUILD_TOP/root"
    cd "$NIX_BUILD_TOP/root"
    for file in etc/passwd etc/group etc/hosts; do
      if [ ! -e "$tree/$file" ]; then rm -f "$file"; fi
    done
    for dir in dev proc nix/store tmp; do mount --rbind "/$dir" "$dir"; done
    cp "$fakeRootCommandsPath" tmp/commands
    exec chroot . '"$BASH"' -e -c "cd / && . /tmp/commands"
  '
  # What hides a file of the lower system is not for the image.
  find "$tree" -type c -delete
fi

mkdir "$out"
cd "$tree"
tar --create --file "$out/layer.tar" --sort=name --numeric-owner --format=posix \
  --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
  --mtime=@1 --hard-dereference .
