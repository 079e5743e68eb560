# What an image's root shows beside the store: the command, and a place to write runs to.
{ pkgs, package }:
pkgs.runCommand "repro-appliance-root" { meta.description = "What the root of an image shows"; } ''
  mkdir -p $out/bin
  ln -s ${package.program}/bin/repro-appliance $out/bin/repro-appliance
''
