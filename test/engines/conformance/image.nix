# A small image as `docker save` writes it, made without any tool for images:
# what the engines are compared by must not depend on how berth makes images.
{ pkgs }:
pkgs.runCommand "busybox-image.tar"
  {
    nativeBuildInputs = [
      pkgs.jq
      pkgs.debian.busybox-static
    ];
  }
  ''
    mkdir -p layer/{bin,tmp,etc,www}
    cp /usr/bin/busybox layer/bin/busybox
    for applet in cat echo env false grep hostname httpd id ls mkdir mknod nc nslookup printf pwd rm sh sleep stat test touch true wget; do
      ln -s busybox layer/bin/$applet
    done
    printf 'root:x:0:0::/:/bin/sh\nwww:x:33:44::/www:/bin/sh\n' > layer/etc/passwd
    printf 'root:x:0:\nwww:x:44:\n' > layer/etc/group
    echo "from the image" > layer/www/index.html
    chmod 1777 layer/tmp

    layer=$(printf 'tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner')
    $layer -C layer -cf layer.tar .
    id=$(sha256sum layer.tar | cut -d' ' -f1)
    jq -nc --arg id "sha256:$id" '{
      architecture: "amd64", os: "linux",
      config: {
        Entrypoint: ["/bin/sh", "-c"],
        Cmd: ["trap \"exit 0\" TERM; httpd -f -p 80 -h /www & wait"],
        Env: ["PATH=/bin", "FROM_IMAGE=yes", "REPLACED=no"],
        WorkingDir: "/www"
      },
      rootfs: { type: "layers", diff_ids: [$id] }
    }' > config.json
    config=$(sha256sum config.json | cut -d' ' -f1)
    mv config.json $config.json
    mkdir $id
    mv layer.tar $id/layer.tar
    jq -nc --arg config $config.json --arg layer $id/layer.tar \
      '[{ Config: $config, RepoTags: ["conformance:1"], Layers: [$layer] }]' > manifest.json
    $layer -cf $out manifest.json $config.json $id
  ''
