# Edit distance, for "did you mean" messages.
{ lib }:
let
  inherit (builtins) elemAt genList stringLength substring;
in
rec {
  # levenshtein :: string -> string -> int
  # How many insertions, deletions and replacements lead from one to the other.
  levenshtein =
    a: b:
    let
      n = stringLength b;
      charsOfB = lib.stringToCharacters b;
      # From one row of the distance table to the next; the fold forces each cell.
      nextRow =
        row: charOfA:
        let
          cells = builtins.foldl' (
            acc: j:
            let
              replace = elemAt row j + (if elemAt charsOfB j == charOfA then 0 else 1);
              edit = 1 + lib.min (elemAt row (j + 1)) acc.last;
              cell = lib.min replace edit;
            in
            builtins.seq cell {
              last = cell;
              list = acc.list ++ [ cell ];
            }
          ) {
            last = head + 1;
            list = [ (head + 1) ];
          } (genList (j: j) n);
          head = elemAt row 0;
        in
        cells.list;
    in
    elemAt (builtins.foldl' nextRow (genList (j: j) (n + 1)) (lib.stringToCharacters a)) n;

  # levenshteinAtMost :: int -> string -> string -> bool
  # Whether the distance is at most k; decides long different strings at once.
  levenshteinAtMost =
    k: a: b:
    let
      difference = stringLength a - stringLength b;
      prefix = lib.strings.commonPrefixLength a b;
      a' = substring prefix (-1) a;
      b' = substring prefix (-1) b;
      suffix = lib.strings.commonSuffixLength a' b';
      trim = text: substring 0 (stringLength text - suffix) text;
    in
    (if difference < 0 then -difference else difference) <= k && levenshtein (trim a') (trim b') <= k;
}
