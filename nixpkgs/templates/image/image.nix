# A web server over a folder with a greeting. Each dependency becomes a layer of
# its own, so that a change of the greeting sends only the greeting.
{
  dockerTools,
  python3,
  writeTextDir,
}:
let
  site = writeTextDir "index.html" "Hello from an image!\n";
in
dockerTools.streamLayeredImage {
  name = "hello";
  tag = "latest";
  config = {
    Cmd = [
      "${python3}/bin/python3"
      "-m"
      "http.server"
      "--directory"
      "${site}"
      "8080"
    ];
    ExposedPorts."8080/tcp" = { };
  };
}
