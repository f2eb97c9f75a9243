# Pieces of a script that name the pieces they must come after.
{ lib }:
rec {
  # textClosureList :: { name = entry; } -> [ name or text ] -> [ string ]
  # The wanted pieces and all they depend on, each once and in order.
  textClosureList =
    predefined: wanted:
    let
      add =
        state: entry:
        if builtins.isAttrs entry then
          let
            below = builtins.foldl' add state entry.deps;
          in
          below // { texts = below.texts ++ [ entry.text ]; }
        else if state.done ? ${entry} then
          state
        else
          let
            started = state // { done = state.done // { ${entry} = true; }; };
          in
          add started predefined.${entry};
    in
    (builtins.foldl' add {
      done = { };
      texts = [ ];
    } wanted).texts;

  # textClosureMap :: (string -> string) -> { name = entry; } -> [ name ] -> string
  textClosureMap =
    f: predefined: wanted:
    builtins.concatStringsSep "\n" (map f (textClosureList predefined wanted));

  # noDepEntry, fullDepEntry, packEntry, stringAfter :: make an entry
  noDepEntry = text: {
    inherit text;
    deps = [ ];
  };
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = deps: {
    inherit deps;
    text = "";
  };
  stringAfter = deps: text: { inherit text deps; };
}
