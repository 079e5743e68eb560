# A container image of the closure and nothing else: no root, no need of a shell, the same bytes at every build.
{ pkgs, package }:
let
  variables = import ./variables.nix;
in
pkgs.dockerTools.buildLayeredImage {
  name = "repro-appliance";
  tag = "nix";
  meta = package.meta // {
    description = "An image for `docker load` that holds the closure of the program";
  };
  created = "1970-01-01T00:00:01Z";
  contents = [ (import ./image-root.nix { inherit pkgs package; }) ];
  extraCommands = "mkdir -m 1777 data runs tmp";
  config = {
    Entrypoint = [ "/bin/repro-appliance" ];
    User = "65532:65532";
    WorkingDir = "/";
    Volumes = {
      "/runs" = { };
    };
    StopSignal = "SIGTERM";
    Env = [
      "REPRO_APPLIANCE_CHANNEL=image"
      "REPRO_APPLIANCE_DATA=/data"
      "PYTHONDONTWRITEBYTECODE=1"
    ]
    ++ pkgs.lib.mapAttrsToList (name: value: "${name}=${value}") variables.fixed;
    Labels = {
      "org.opencontainers.image.title" = "repro-appliance";
      "org.opencontainers.image.description" = package.meta.description;
      "org.opencontainers.image.licenses" = "Apache-2.0";
      "org.opencontainers.image.version" = package.module.version;
    };
  };
}
