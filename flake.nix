{
  description = "Machine-learning results that anyone can reproduce, bit for bit, on any machine";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" "x86_64-darwin" ];
      forEach = names: make: builtins.listToAttrs (map (name: { inherit name; value = make name; }) names);
      pins = builtins.fromJSON (builtins.readFile ./verify/pins.json);

      # Only what a derivation reads is an input of it: editing a document rebuilds nothing.
      keep = name: wanted: builtins.path {
        inherit name;
        path = ./.;
        filter = path: _:
          let
            place = builtins.substring (builtins.stringLength (toString ./.) + 1) (-1) (toString path);
            first = builtins.head (builtins.filter builtins.isString (builtins.split "/" place));
          in
          builtins.elem first wanted && builtins.match ".*(__pycache__|\\.pyc)" place == null;
      };
      program = [ "LICENSE" "appliance" "configs" "pyproject.toml" "repro_appliance.py" "verify" ];
      source = keep "repro-appliance-source" program;
      checkout = keep "repro-appliance-checkout" (program ++ [ "tests" "Makefile" ]);

      build = system:
        let
          pkgs = nixpkgs.legacyPackages.${system};
          python = import ./nix/python.nix { inherit pkgs; };
        in
        { inherit pkgs python; package = import ./nix/package.nix { inherit pkgs python source; }; };
    in
    {
      packages = forEach systems (system:
        let inherit (build system) pkgs package;
        in
        {
          default = package.program;
          repro-appliance = package.program;
        }
        // (if builtins.match ".*-linux" system == null then { } else {
          image-root = import ./nix/image-root.nix { inherit pkgs package; };
          image = import ./nix/image.nix { inherit pkgs package; };
        }));

      apps = forEach systems (system:
        let
          inherit (build system) pkgs package;
          app = verb: {
            type = "app";
            program = "${import ./nix/verb.nix { inherit pkgs package verb; }}/bin/repro-appliance-${verb}";
            meta.description = "repro-appliance ${verb}";
          };
        in
        forEach [ "train" "verify" "benchmark" "fingerprint" ] app // {
          default = {
            type = "app";
            program = "${package.program}/bin/repro-appliance";
            meta.description = "repro-appliance";
          };
        });

      checks = forEach systems (system:
        let inherit (build system) pkgs package python;
        in
        import ./nix/checks.nix { inherit pkgs package python pins checkout; shell = self.devShells.${system}.default; });

      devShells = forEach systems (system:
        let inherit (build system) pkgs package python;
        in
        {
          default = pkgs.mkShell {
            packages = [ (python.withPackages (p: package.dependencies p ++ package.tools p)) ];
          };
        });

      formatter = forEach systems (system: nixpkgs.legacyPackages.${system}.nixpkgs-fmt);
    };
}
