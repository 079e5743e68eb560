# Python whose NumPy is linked with the OpenBLAS of this package set. On Linux that is nixpkgs' own, as it is in its cache; on
# macOS NumPy's build would take Apple's Accelerate first, so there it is told which library to use.
{ pkgs }:
let
  python = pkgs.python313.override {
    self = python;
    packageOverrides = _: previous: {
      numpy = previous.numpy.overridePythonAttrs (old: {
        mesonFlags = old.mesonFlags ++ [
          "-Dblas=openblas"
          "-Dlapack=openblas"
          "-Dallow-noblas=false"
        ];
        buildInputs = old.buildInputs ++ [ pkgs.blas.provider ];
        # NumPy's own tests take longer than its build; this flake's checks look at what counts here.
        doCheck = false;
      });
    };
  };
in
if pkgs.stdenv.hostPlatform.isDarwin then python else pkgs.python313
