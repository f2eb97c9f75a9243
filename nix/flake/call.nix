# The value of a flake, from its resolved graph.
#
# nodes: an attribute set of flakes and plain source trees by a name that is
# unique in the graph; "root" is the flake itself. Each node is
#   { tree;       # sourceInfo: { outPath; narHash; lastModified; ... }
#     dir;        # of flake.nix below the tree, "" for its top
#     flake;      # false for a plain source tree
#     inputs; }   # { <input name> = <node name>; }
# and has, in the place of a tree, if it lies in the tree of another node,
#     parent;     # the name of that node
#     path;       # from its outPath on
# or is a container image and has nothing but
#     image;      # its name
nodes:
let
  values = builtins.mapAttrs (_: value) nodes;

  value =
    node:
    let
      isInside = node ? parent;
      parent = values.${node.parent};
      sourceInfo = if isInside then parent.sourceInfo else node.tree;
      below = path: if path == "" then "" else "/" + path;
      outPath =
        if isInside then parent.outPath + below node.path else sourceInfo.outPath + below node.dir;
      inputs = builtins.mapAttrs (_: name: values.${name}.result) node.inputs;
      flake = import (outPath + "/flake.nix");
      outputs = flake.outputs (inputs // { self = result; });
      result =
        outputs
        // sourceInfo
        // {
          inherit
            outPath
            inputs
            outputs
            sourceInfo
            ;
          _type = "flake";
        };
    in
    {
      inherit outPath sourceInfo;
      result =
        if node ? image then
          node.image
        else if !node.flake then
          sourceInfo // { inherit sourceInfo outPath; }
        else if builtins.isFunction flake.outputs then
          result
        else
          throw "the attribute 'outputs' of ${outPath}/flake.nix is not a function";
    };
in
values.root.result
