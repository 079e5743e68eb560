# Python whose NumPy is linked with the OpenBLAS of this package set. On Linux that is nixpkgs' own; on macOS NumPy's build
# would take Apple's Accelerate first, so there it is told which library to use. No other package of ours needs NumPy to run,
# so the others stay as they are in nixpkgs' cache; with two NumPys in one environment its build would fail.
{ pkgs }:
let
  original = pkgs.python313;
  numpy = original.pkgs.numpy.overridePythonAttrs (old: {
    mesonFlags = old.mesonFlags ++ [ "-Dblas=openblas" "-Dlapack=openblas" "-Dallow-noblas=false" ];
    buildInputs = old.buildInputs ++ [ pkgs.blas.provider ];
    # NumPy's own tests take longer than its build; this flake's checks look at what counts here.
    doCheck = false;
  });
  told = original // {
    pkgs = original.pkgs // { inherit numpy; };
    withPackages = choose: original.withPackages (packages: choose (packages // { inherit numpy; }));
  };
in
if pkgs.stdenv.hostPlatform.isDarwin then told else original
