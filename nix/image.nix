# A container image of the closure and nothing else: no root, no need of a shell, the same bytes at every build.
{ pkgs, package }:
let variables = import ./variables.nix; in
pkgs.dockerTools.buildLayeredImage {
  name = "repro-appliance";
  tag = "nix";
  created = "1970-01-01T00:00:01Z";
  contents = [ (import ./image-root.nix { inherit pkgs package; }) ];
  extraCommands = "mkdir -m 1777 runs";
  config = {
    Entrypoint = [ "/bin/repro-appliance" ];
    User = "65532:65532";
    WorkingDir = "/";
    Volumes = { "/runs" = { }; };
    Env = [ "REPRO_APPLIANCE_CHANNEL=image" "PYTHONDONTWRITEBYTECODE=1" ]
      ++ map (name: "${name}=${variables.fixed.${name}}") (builtins.attrNames variables.fixed);
    Labels = {
      "org.opencontainers.image.title" = "repro-appliance";
      "org.opencontainers.image.description" = "Trains a NumPy network and verifies the result bit for bit";
      "org.opencontainers.image.licenses" = "Apache-2.0";
      "org.opencontainers.image.version" = package.module.version;
    };
  };
}
