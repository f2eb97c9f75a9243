# Turning builder attributes into packages: derivations with the attributes
# that users of nixpkgs expect (pname, version, meta, passthru, overrideAttrs).
let
  inherit (builtins) isFunction listToAttrs;

  # { pname, version, attributes, passthru, meta } -> package. `attributes`
  # go to `derivation` as they are; `name` is made from pname and version.
  makePackage =
    arguments@{
      pname ? null,
      version ? null,
      attributes,
      passthru ? { },
      meta ? { },
    }:
    let
      name =
        attributes.name
          or (if version == null || version == "" then pname else "${pname}-${version}");
      drv = derivation (attributes // { inherit name; });
      common =
        passthru
        // (if pname == null then { } else { inherit pname; })
        // (if version == null then { } else { inherit version; })
        // {
          inherit name passthru;
          inherit (drv) system;
          meta = {
            inherit name;
            outputsToInstall = [ "out" ];
            available = true;
          }
          // meta;
          overrideAttrs = change: makePackage (changeArguments arguments change);
        };
    in
    withOutputs drv common;

  # The package and each of its outputs carry the same extra attributes.
  withOutputs =
    drv: common:
    let
      outputs = drv.drvAttrs.outputs or [ "out" ];
      output = outputName: (drv.${outputName} // common // { inherit outputName; }) // named;
      named = listToAttrs (
        map (name: {
          inherit name;
          value = output name;
        }) outputs
      );
    in
    drv // common // named;

  # What overrideAttrs hands to its function, and how the answer is put back.
  changeArguments =
    arguments: change:
    let
      old =
        arguments.attributes
        // {
          passthru = arguments.passthru or { };
          meta = arguments.meta or { };
        }
        // (if arguments ? pname && arguments.pname != null then { inherit (arguments) pname; } else { })
        // (
          if arguments ? version && arguments.version != null then { inherit (arguments) version; } else { }
        );
      new = old // apply change old;
    in
    arguments
    // {
      attributes = removeAttrs new [
        "passthru"
        "meta"
        "pname"
        "version"
      ];
      inherit (new) passthru meta;
      pname = new.pname or null;
      version = new.version or null;
    };

  # overrideAttrs takes a set, old: set, or final: previous: set.
  apply =
    change: old:
    if isFunction change then
      let
        once = change old;
      in
      if isFunction once then
        let
          final = old // change final old;
        in
        change final old
      else
        once
    else
      change;
in
{
  inherit makePackage withOutputs;
}
