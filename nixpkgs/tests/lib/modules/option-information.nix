# What can be asked about options besides their values.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  here = toString ./.;
  short = file: lib.removePrefix "${here}/" (toString file);
  evaluated = lib.evalModules {
    modules = [
      ./parts/declares.nix
      ./parts/plain.nix
      {
        _file = "/here.nix";
        options.a = mkOption { type = types.int; default = 1; description = "A."; };
        options.b.c = mkOption { type = types.int; };
        options.d = mkOption { type = types.int; default = 1; };
        options.m = mkOption { type = types.attrsOf types.int; };
        config.names = lib.mkForce [ "here" ];
        config.m = { x = 1; y = lib.mkForce 2; };
      }
      { _file = "/there.nix"; a = lib.mkDefault 2; m.y = 3; }
    ];
  };
  inherit (evaluated) options;
  about = o: {
    inherit (o) isDefined highestPrio loc;
    files = map short o.files;
    definitions = map (d: d // { file = short d.file; }) o.definitionsWithLocations;
    declarations = map short o.declarations;
    text = "${o}";
  };
in
{
  names = about options.names;
  a = about options.a;
  d = about options.d;
  undefined = { inherit (options.b.c) isDefined loc; };
  value = options.a.value;
  definitions = options.a.definitions;
  declared = map (p: { file = short p.file; inherit (p) line; }) options.enable.declarationPositions;
  description = options.a.description;
  byAttribute = lib.modules.mergeAttrDefinitionsWithPrio options.m;
  type = options.a.type.name;
  moduleOptions = lib.attrNames options._module;
  result = lib.attrNames evaluated;
  submodule =
    let
      o = (lib.evalModules { modules = [ { options.s = mkOption { type = types.submodule { options.x = mkOption { default = 1; }; }; default = { }; }; } ]; }).options.s;
    in
    { below = lib.attrNames (removeAttrs (o.type.getSubOptions o.loc) [ "_module" ]); inner = o.valueMeta.configuration.options.x.value; };
}
