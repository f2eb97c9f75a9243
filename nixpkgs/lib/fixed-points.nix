# Fixed points: sets and functions defined in terms of their own result, and
# the overlays ("extensions") that change them.
{ lib }:
rec {
  # fix :: (a -> a) -> a
  # The value x for which x = f x; works whenever f is lazy in its argument.
  fix =
    f:
    let
      x = f x;
    in
    x;

  # fix' :: (set -> set) -> set
  # Like fix; the result also carries the function, as `__unfix__`.
  fix' =
    f:
    let
      x = f x // {
        __unfix__ = f;
      };
    in
    x;

  # converge :: (a -> a) -> a -> a
  # Applies f again and again until the value no longer changes.
  converge =
    f: x:
    let
      next = f x;
    in
    if next == x then x else converge f next;

  # extends :: (final -> prev -> set) -> (final -> set) -> (final -> set)
  # A function for fix whose result is changed by one overlay.
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;

  # composeExtensions :: overlay -> overlay -> overlay
  # The first overlay's result is what the second one sees as `prev`.
  composeExtensions =
    first: second: final: prev:
    let
      added = first final prev;
    in
    added // second final (prev // added);

  # composeManyExtensions :: [ overlay ] -> overlay
  composeManyExtensions = overlays: final: prev:
    builtins.foldl' (
      added: overlay: added // overlay final (prev // added)
    ) { } overlays;

  # makeExtensible :: (final -> set) -> set
  # The fixed point with an attribute `extend` which applies one more overlay.
  makeExtensible = makeExtensibleWithCustomName "extend";

  # makeExtensibleWithCustomName :: string -> (final -> set) -> set
  makeExtensibleWithCustomName =
    name: f:
    fix' (
      final:
      f final
      // {
        ${name} = overlay: makeExtensibleWithCustomName name (extends overlay f);
      }
    );

  # toExtension :: (set | prev -> set | final -> prev -> set) -> overlay
  # Accepts an overlay in any of its three shapes.
  toExtension =
    f:
    if lib.isFunction f then
      final: prev:
      let
        once = f prev;
      in
      if lib.isFunction once then f final prev else once
    else
      final: prev: f;
}
