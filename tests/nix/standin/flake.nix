{
  description = "Stands for nixpkgs where none can be had: just what the flake uses, from this machine's Python and the locked wheels";

  outputs = _: {
    legacyPackages.x86_64-linux = import ./packages.nix (builtins.fromJSON (builtins.readFile ./host.json));
  };
}
