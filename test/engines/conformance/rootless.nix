# Containers that a user runs: podman without root.
{ pkgs }:
pkgs.nixosTest {
  name = "rootless";
  nodes.server = {
    networking.firewall.allowedTCPPorts = [
      8080
      8083
    ];
    users.users.alice = {
      isNormalUser = true;
      uid = 1000;
      linger = true;
    };
    virtualisation.oci-containers =
      let
        container =
          settings:
          {
            image = "conformance:1";
            imageFile = import ./image.nix { inherit pkgs; };
            pull = "never";
            podman.user = "alice";
          }
          // settings;
      in
      {
        backend = "podman";
        containers.web = container {
          cmd = [ "exec httpd -f -p 8080 -h /www" ];
          extraOptions = [ "--network=host" ];
        };
        containers.published = container {
          ports = [ "8083:80" ];
          healthCheck = {
            command = "wget -q -O - http://localhost/";
            interval = "2s";
          };
        };
      };
  };
  nodes.client = { };
  testScript = ''
    start_all()
    client.wait_until_succeeds("curl -sf --max-time 2 http://server:8080/ | grep 'from the image'", 60)
    client.wait_until_succeeds("curl -sf --max-time 2 http://server:8083/ | grep 'from the image'", 60)
    server.wait_for_unit("podman-published.service")
    user = server.succeed("ps -o user= -C httpd | sort -u").split()
    assert user == ["alice"], f"the containers' processes belong to {user}"
    server.succeed("systemctl stop podman-published.service")
    client.fail("curl -sf --max-time 2 http://server:8083/")
  '';
}
