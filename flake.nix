{
  description = "Machine-learning results that anyone can reproduce, bit for bit, on any machine";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
        "x86_64-darwin"
      ];
      forEachSystem = make: lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
      pins = lib.importJSON ./verify/pins.json;

      # Only what a derivation reads is an input of it: editing a document rebuilds nothing.
      keep =
        files:
        lib.fileset.toSource {
          root = ./.;
          fileset = lib.fileset.difference (lib.fileset.unions files) (
            lib.fileset.fileFilter (file: file.hasExt "pyc") ./.
          );
        };
      program = [
        ./LICENSE
        ./appliance
        ./configs
        ./pyproject.toml
        ./repro_appliance.py
        ./repro_appliance_pytest.py
        ./verify
      ];
      source = keep program;
      checkout = keep (
        program
        ++ [
          ./Makefile
          ./tests
        ]
      );
      expressions = keep [
        ./delivery/nix
        ./flake.nix
        ./nix
      ];

      build =
        pkgs:
        let
          python = import ./nix/python.nix { inherit pkgs; };
        in
        {
          inherit python;
          package = import ./nix/package.nix { inherit pkgs python source; };
        };
    in
    {
      overlays.default = final: _: { repro-appliance = (build final).package.program; };

      packages = forEachSystem (
        pkgs:
        let
          inherit (build pkgs) package;
        in
        {
          default = package.program;
          repro-appliance = package.program;
        }
        // lib.optionalAttrs pkgs.stdenv.hostPlatform.isLinux {
          image-root = import ./nix/image-root.nix { inherit pkgs package; };
          image = import ./nix/image.nix { inherit pkgs package; };
        }
      );

      apps = forEachSystem (
        pkgs:
        let
          inherit (build pkgs) package;
          app = program: description: {
            type = "app";
            program = lib.getExe program;
            meta = { inherit description; };
          };
          verb =
            name:
            app (import ./nix/verb.nix { inherit pkgs package name; }) "${package.meta.mainProgram} ${name}";
        in
        lib.genAttrs [ "train" "verify" "benchmark" "fingerprint" ] verb
        // {
          default = app package.program package.meta.description;
        }
      );

      checks = forEachSystem (
        pkgs:
        let
          inherit (build pkgs) python package;
        in
        import ./nix/checks.nix {
          inherit
            pkgs
            python
            package
            pins
            checkout
            expressions
            ;
          overlay = self.overlays.default;
          shell = self.devShells.${pkgs.stdenv.hostPlatform.system}.default;
        }
      );

      devShells = forEachSystem (
        pkgs:
        let
          inherit (build pkgs) python package;
        in
        {
          default = pkgs.mkShell {
            packages = [
              (python.withPackages (p: package.dependencies p ++ package.tools p))
              pkgs.nixfmt
            ];
          };
        }
      );

      formatter = forEachSystem (pkgs: pkgs.nixfmt-tree);
    };
}
