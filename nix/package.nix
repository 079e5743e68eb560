# The program as a Python module, and as a command that is started in the environment that it needs.
{
  pkgs,
  python,
  source,
}:
let
  inherit (pkgs) lib;
  variables = import ./variables.nix;
  meta = {
    description = "Trains a NumPy network and verifies the result bit for bit";
    homepage = "https://github.com/repro-appliance/repro-appliance";
    license = lib.licenses.asl20;
    mainProgram = "repro-appliance";
    platforms = lib.platforms.unix;
  };
  dependencies =
    p: with p; [
      attrs
      cattrs
      click
      numpy
      pooch
      psutil
      rich
      threadpoolctl
      typer
    ];
  module = python.pkgs.buildPythonPackage {
    pname = "repro-appliance";
    version = builtins.head (
      builtins.match ".*__version__ = \"([^\"]+)\".*" (builtins.readFile ../verify/version.py)
    );
    pyproject = true;
    src = source;
    # The page is metadata here; leaving it out keeps its edits from rebuilding anything.
    postPatch = "touch README.md";
    build-system = [ python.pkgs.hatchling ];
    dependencies = dependencies python.pkgs;
    pythonImportsCheck = [
      "appliance"
      "repro_appliance"
      "verify"
    ];
    inherit meta;
  };
  environment = python.withPackages (_: [ module ]);
  flags =
    option: table: toString (lib.mapAttrsToList (name: value: "--${option} ${name} ${value}") table);
in
{
  inherit
    dependencies
    environment
    meta
    module
    ;
  tools =
    p: with p; [
      hatchling
      hypothesis
      mypy
      pillow
      pytest
      pytest-xdist
      ruff
      safetensors
    ];
  # A compiled wrapper around the interpreter: the script that the package installs is one for a shell, and starting this
  # needs none. With -P, and by a name that nobody else has, no module of the user's is run instead.
  program =
    pkgs.runCommand "repro-appliance-${module.version}"
      {
        nativeBuildInputs = [ pkgs.makeBinaryWrapper ];
        inherit meta;
      }
      ''
        mkdir -p $out/bin
        makeBinaryWrapper ${environment}/bin/python3.13 $out/bin/repro-appliance --add-flags "-P -m repro_appliance" \
          ${flags "set" variables.fixed} ${flags "set-default" variables.default}
      '';
}
