# The value of a flake, from its resolved graph.
#
# nodes: an attribute set of flakes and plain source trees by a name that is
# unique in the graph; "root" is the flake itself. Each node is
#   { tree;       # sourceInfo: { outPath; narHash; lastModified; ... }
#     dir;        # of flake.nix below the tree, "" for its top
#     flake;      # false for a plain source tree
#     inputs; }   # { <input name> = <node name>; }
nodes:
let
  values = builtins.mapAttrs (_: value) nodes;

  value = node:
    let
      outPath = node.tree.outPath + (if node.dir == "" then "" else "/" + node.dir);
      sourceInfo = node.tree;
      inputs = builtins.mapAttrs (_: name: values.${name}) node.inputs;
      flake = import (outPath + "/flake.nix");
      outputs = flake.outputs (inputs // { self = result; });
      result = outputs // sourceInfo // {
        inherit outPath inputs outputs sourceInfo;
        _type = "flake";
      };
    in
    if !node.flake then
      sourceInfo // { inherit sourceInfo outPath; }
    else if builtins.isFunction flake.outputs then
      result
    else
      throw "the attribute 'outputs' of ${outPath}/flake.nix is not a function";
in
values.root
