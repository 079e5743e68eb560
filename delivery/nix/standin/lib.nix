# The functions of nixpkgs' `lib` that the flake uses. A file set is a function here: it tells whether a path belongs to it.
let
  startsWith = start: text: builtins.substring 0 (builtins.stringLength start) text == start;
  endsWith =
    end: text:
    let
      from = builtins.stringLength text - builtins.stringLength end;
    in
    from >= 0 && builtins.substring from (-1) text == end;
  isWithin = folder: path: path == toString folder || startsWith "${toString folder}/" path;
  has = files: path: if builtins.isFunction files then files path else isWithin files path;
  hasAny =
    files: folder:
    let
      entries = builtins.readDir folder;
    in
    builtins.any (
      name:
      if entries.${name} == "directory" then
        hasAny files (folder + "/${name}")
      else
        has files (toString (folder + "/${name}"))
    ) (builtins.attrNames entries);
in
{
  genAttrs =
    names: make:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = make name;
      }) names
    );
  optionalAttrs = condition: set: if condition then set else { };
  mapAttrsToList = make: set: map (name: make name set.${name}) (builtins.attrNames set);
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  getExe = package: "${package}/bin/${package.meta.mainProgram}";
  versions.majorMinor = version: builtins.head (builtins.match "([0-9]+\\.[0-9]+).*" version);
  licenses.asl20.spdxId = "Apache-2.0";
  platforms.unix = [
    "x86_64-linux"
    "aarch64-linux"
  ];
  fileset = {
    unions = sets: path: builtins.any (files: has files path) sets;
    difference =
      wanted: unwanted: path:
      has wanted path && !has unwanted path;
    fileFilter =
      accept: folder: path:
      isWithin folder path && accept { hasExt = extension: endsWith ".${extension}" path; };
    toSource =
      { root, fileset }:
      builtins.path {
        name = "source";
        path = root;
        filter = path: type: if type == "directory" then hasAny fileset (/. + path) else has fileset path;
      };
  };
}
