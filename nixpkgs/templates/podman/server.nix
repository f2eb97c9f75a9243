# A machine that runs an image under Podman. The image is streamed into the engine;
# no registry is asked.
{ pkgs, ... }:
let
  image = pkgs.callPackage ./image.nix { };
in
{
  networking.firewall.allowedTCPPorts = [ 8080 ];
  environment.systemPackages = [ pkgs.curl ];

  virtualisation.oci-containers = {
    backend = "podman";
    containers.hello = {
      image = "hello:latest";
      imageStream = image;
      ports = [ "8080:8080" ];
    };
  };
}
