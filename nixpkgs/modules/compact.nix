# Drops what says nothing (null, false, 0, "", [ ], { }): absent fields of a
# description have their zero value.
{ lib }:
let
  says =
    value: value != null && value != false && value != [ ] && value != { } && value != "" && value != 0;
in
lib.filterAttrs (_: says)
