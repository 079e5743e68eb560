# One verb of the program as a command of its own.
{ pkgs, package, verb }:
pkgs.runCommand "repro-appliance-${verb}" { nativeBuildInputs = [ pkgs.makeBinaryWrapper ]; } ''
  mkdir -p $out/bin
  makeBinaryWrapper ${package.program}/bin/repro-appliance $out/bin/repro-appliance-${verb} --add-flags ${verb}
''
