// Package engine runs container images without Docker or Podman.
//
// In come archives of images, as `docker save` writes them, and a [RunConfig]
// for each container; out come processes that see the image as their root. An
// image's layers are unpacked once, each into a directory of its own that is
// named by the digest of its bytes, and stacked as an overlay. A container is
// looked after by the process that called [Engine.Run], in the foreground; there is no
// daemon. What others need to know about it is in files below the engine's
// directory, and a lock that its process holds says whether it lives.
//
// What a process sees is left to [isolate], links and packet filters to an
// implementation of [Networks], and pulling images to whoever writes an archive.
package engine
