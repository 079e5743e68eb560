{
  description = "Stands for nixpkgs where none can be had: just what the flake uses, from this machine's Python and the locked wheels";

  outputs =
    _:
    let
      host = builtins.fromJSON (builtins.readFile ./host.json);
    in
    {
      lib = import ./lib.nix;
      legacyPackages.${host.system} = import ./packages.nix host;
    };
}
