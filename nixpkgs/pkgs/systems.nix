# The systems that the package set exists for: what Debian and systemd run on.
[
  "x86_64-linux"
  "aarch64-linux"
]
