# host: { system, python, wheels, claims }: a system, an interpreter, a folder of wheels, and the versions of Python, NumPy and
# OpenBLAS that are claimed. The locks lie in ./locks.
host:
let
  lib = import ./lib.nix;
  site = "lib/python3.13/site-packages";
  machine =
    {
      x86_64-linux = {
        libraries = "x86_64-linux-gnu";
        loader = "lib64/ld-linux-x86-64.so.2";
        architecture = "amd64";
      };
      aarch64-linux = {
        libraries = "aarch64-linux-gnu";
        loader = "lib/ld-linux-aarch64.so.1";
        architecture = "arm64";
      };
    }
    .${host.system};
  run =
    name: attributes: script:
    derivation (
      {
        inherit name;
        inherit (host) system;
        builder = "/bin/bash";
        # Nix 2.8 ends a builder as soon as its output closes, which some kernels show before its exit code: hold it open.
        args = [
          "-euc"
          "trap 'sleep 0.5 &' EXIT\n${script}"
        ];
        PATH = "${
          builtins.concatStringsSep ":" (map (input: "${input}/bin") (attributes.nativeBuildInputs or [ ]))
        }:/usr/bin:/bin";
        SOURCE_DATE_EPOCH = "0";
      }
      // removeAttrs attributes [
        "nativeBuildInputs"
        "meta"
      ]
    )
    // {
      meta = attributes.meta or { };
    };

  interpreter = run "python3.13" { script = ./copy_python.py; } "${host.python} $script $out";
  pip = "${host.python} -m pip --disable-pip-version-check --quiet install --no-index --no-compile --no-deps";

  # All wheels of one lock in one place, as they were published.
  install =
    name: lock:
    run name { } ''
      ${pip} --require-hashes -f ${host.wheels} --target $out/${site} --requirement ${./locks}/${lock}
    '';
  runtime = install "runtime" "requirements.lock";
  backend = install "backend" "requirements-build.lock";
  development = install "development" "requirements-dev.lock";
  locked =
    name:
    builtins.head (
      builtins.match ".*\n${name}==([^ ]+) .*" (builtins.readFile ./locks/requirements.lock)
    );
  all =
    from: names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = from;
      }) names
    );
  versioned = builtins.mapAttrs (name: drv: drv // { version = locked name; });
  packages =
    versioned (
      all runtime [
        "attrs"
        "cattrs"
        "click"
        "pooch"
        "psutil"
        "rich"
        "threadpoolctl"
        "typer"
      ]
    )
    // all development [
      "hypothesis"
      "mypy"
      "pillow"
      "pytest"
      "pytest-xdist"
      "ruff"
      "safetensors"
    ]
    // {
      hatchling = backend;
      numpy = runtime // {
        version = host.claims.numpy;
      };
    };

  buildPythonPackage =
    arguments:
    run arguments.pname { inherit (arguments) src; } ''
      cp -r $src source
      chmod -R u+w source
      cd source
      ${arguments.postPatch}
      export PYTHONPATH=${
        builtins.concatStringsSep ":" (map (drv: "${drv}/${site}") (arguments.build-system ++ [ runtime ]))
      }
      ${host.python} -m hatchling build -t wheel
      ${pip} --target $out/${site} dist/*.whl
      rm -rf $out/${site}/bin
      PYTHONPATH=$PYTHONPATH:$out/${site} ${host.python} -Bc 'import ${builtins.concatStringsSep ", " arguments.pythonImportsCheck}'
    ''
    // {
      inherit (arguments) pname version dependencies;
    };

  # A virtual environment around the interpreter; its packages are only pointed at.
  withPackages =
    choose:
    let
      chosen = builtins.concatMap (drv: [ drv ] ++ (drv.dependencies or [ ])) (choose packages);
    in
    run "python3.13-env" { } ''
      mkdir -p $out/bin $out/${site}
      ln -s ${interpreter}/bin/python3.13 $out/bin/python3.13
      echo "home = ${interpreter}/bin" > $out/pyvenv.cfg
      printf '%s\n' ${
        builtins.concatStringsSep " " (map (drv: "${drv}/${site}") chosen)
      } | sort -u > $out/${site}/packages.pth
      # As nixpkgs makes it, a script for a shell: whoever starts it in an image has none.
      printf '#!/bin/bash\nexec %s -m appliance "$@"\n' $out/bin/python3.13 > $out/bin/repro-appliance
      chmod +x $out/bin/repro-appliance
    '';
in
let
  packageSet = {
    inherit lib;
    extend =
      overlay:
      let
        final = packageSet // overlay final packageSet;
      in
      final;
    stdenv.hostPlatform = {
      inherit (host) system;
      isDarwin = false;
      isLinux = true;
    };
    # Programs of nixpkgs bring their own loader; these want one in its usual place, so the root of an image gets it.
    runCommand =
      name: attributes: script:
      run name attributes (
        script
        + (
          if name != "repro-appliance-root" then
            ""
          else
            ''
              mkdir -p $out/lib64 $out/lib
              ln -s ${interpreter}/libraries/${baseNameOf machine.loader} $out/${machine.loader}
              ln -s ${interpreter}/libraries $out/lib/${machine.libraries}
            ''
        )
      );
    python313 = interpreter // {
      version = host.claims.python;
      pkgs = packages // {
        inherit buildPythonPackage;
      };
      inherit withPackages;
    };
    # The wheel brings its own OpenBLAS.
    blas = runtime // {
      provider = runtime // {
        version = host.claims.openblas;
      };
    };
    makeBinaryWrapper = run "make-binary-wrapper" { script = ./wrap.py; } ''
      mkdir -p $out/bin
      sed "s|@python@|${interpreter}/bin/python3.13|g" $script > $out/bin/makeBinaryWrapper
      chmod +x $out/bin/makeBinaryWrapper
    '';
    mkShell = arguments: run "shell" { inherit (arguments) packages; } "echo $packages > $out";
    nixfmt =
      run "nixfmt"
        {
          script = ./nixfmt.py;
          meta.mainProgram = "nixfmt";
        }
        ''
          mkdir -p $out/bin
          sed "s|@python@|${interpreter}/bin/python3.13|g" $script > $out/bin/nixfmt
          chmod +x $out/bin/nixfmt
        '';
    nixfmt-tree = packageSet.nixfmt;
    dockerTools.buildLayeredImage =
      arguments:
      run "${arguments.name}.tar.gz" {
        script = ./image.py;
        inherit (machine) architecture;
        config = builtins.toJSON arguments.config;
        exportReferencesGraph = [
          "graph"
          (builtins.head arguments.contents)
        ];
        root = builtins.head arguments.contents;
        inherit (arguments) extraCommands created;
        tag = "${arguments.name}:${arguments.tag}";
      } "${host.python} $script";
  };
in
packageSet
