# What `nix flake check` builds. Each check fails by its exit code and leaves an empty output.
{
  pkgs,
  package,
  python,
  pins,
  checkout,
  expressions,
  overlay,
  shell,
}:
let
  inherit (pkgs) lib;
  tools = python.withPackages (p: package.dependencies p ++ package.tools p);
  check =
    name: script:
    pkgs.runCommand "repro-appliance-${name}" { } ''
      cp -r ${checkout} checkout
      chmod -R u+w checkout
      cd checkout
      export HOME=$PWD/home PYTHONDONTWRITEBYTECODE=1
      ${script}
      touch $out
    '';
  program = lib.getExe package.program;
  overlaid = pkgs.extend overlay;
  # What NumPy is linked with. On x86-64 pkgs.openblas is another build, with wide integers, that NumPy does not use.
  openblas = pkgs.blas.provider;
  found = {
    python = lib.versions.majorMinor python.version;
    numpy = python.pkgs.numpy.version;
    openblas = openblas.version;
  };
  wanted = {
    inherit (pins) python numpy;
    openblas = pins.openblas.nix;
  };
  tested = map (room: "tests/${room}") [
    "appliance/config"
    "appliance/layers"
    "appliance/numerics"
    "appliance/training"
    "verify/files"
    "verify/judging"
  ];
  readDigest = "${python}/bin/python3.13 -c 'import json, sys; print(json.load(sys.stdin)[\"digests\"][\"run\"])'";
in
{
  package = check "starts" "${program} --help | grep -q verify";
  tests = check "tests" "PYTHONPATH=$PWD ${tools}/bin/python3.13 -m pytest -q -p no:cacheprovider -m 'not checkout and not slow' ${toString tested}";
  types = check "types" "${tools}/bin/python3.13 -m mypy --cache-dir=/dev/null appliance verify";
  lint = check "lint" "${tools}/bin/python3.13 -m ruff check --no-cache appliance verify";
  goldens = check "goldens" ''
    first=$(${program} train --config smoke --json --out first | ${readDigest})
    second=$(${program} train --config smoke --json --out second | ${readDigest})
    golden=$(${readDigest} < verify/goldens/smoke.json)
    echo "$first $second $golden"
    test "$first" = "$second"
    test "$first" = "$golden"
    ${program} verify smoke baseline
  '';
  tampered = check "tampered" ''
    golden=$(${readDigest} < verify/goldens/smoke.json)
    last=$(printf %s "$golden" | tail -c 1)
    ${tools}/bin/python3.13 -m appliance verify smoke
    # One digit of the digest that is expected of the run becomes another one.
    sed -i "s/$golden/''${golden%?}$(printf %s "$last" | tr 0-9a-f 1-9a-f0)/" verify/goldens/smoke.json
    code=0
    ${tools}/bin/python3.13 -m appliance verify smoke || code=$?
    test "$code" = 3
  '';
  # Fails when Python, NumPy or OpenBLAS is not the one that verify/pins.json names. `make pins-from-lock` reads `found`.
  pins = {
    inherit found wanted;
  }
  // check "pins" (
    if found == wanted then
      "true"
    else
      ''
        cat >&2 <<'EOF'
        The package set has other versions than verify/pins.json names. That changes no portable result, but this release
        was not tried with them.
          pinned  ${builtins.toJSON wanted}
          found   ${builtins.toJSON found}
          try     make pins-from-lock, or lock the revision of nixpkgs that the pins were made for
        EOF
        exit 1
      ''
  );
  # NumPy has loaded the OpenBLAS of this package set, in that version. What it loads is a copy, in pkgs.blas, that names
  # the package it was copied from as the place of its libraries.
  blas = check "blas" ''
    ${package.environment}/bin/python3.13 -c 'if True:
      import sys
      from pathlib import Path
      import numpy, threadpoolctl
      pools = [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]
      print(pools)
      copy, original, version = sys.argv[1:]
      assert pools, "NumPy has loaded no BLAS that is known"
      for pool in pools:
          file = Path(pool["filepath"])
          assert (pool["internal_api"], pool["version"]) == ("openblas", version), pool
          assert {Path(copy), Path(original)} & set(file.parents), file
          assert Path(original) in file.parents or original.encode() in file.read_bytes(), file
    ' ${pkgs.blas} ${openblas} ${openblas.version}
  '';
  format = check "format" "${lib.getExe pkgs.nixfmt} --check $(find ${expressions} -name '*.nix')";
  # A package set with the overlay has the same program.
  overlay = check "overlay" "test ${lib.getExe overlaid.repro-appliance} = ${program}";
  devShell = check "devShell" "test -e ${shell}";
}
