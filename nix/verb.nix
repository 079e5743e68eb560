# One verb of the program as a command of its own.
{
  pkgs,
  package,
  name,
}:
pkgs.runCommand "repro-appliance-${name}"
  {
    nativeBuildInputs = [ pkgs.makeBinaryWrapper ];
    meta = package.meta // {
      mainProgram = "repro-appliance-${name}";
    };
  }
  ''
    mkdir -p $out/bin
    makeBinaryWrapper ${pkgs.lib.getExe package.program} $out/bin/repro-appliance-${name} --add-flags ${name}
  ''
