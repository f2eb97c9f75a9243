# Where the content of a package comes from, for meta.sourceProvenance.
{ lib }:
let
  kinds = {
    # Built from source by us.
    fromSource.isSource = true;
    # Bytes made by somebody else.
    binaryNativeCode.isSource = false;
    binaryBytecode.isSource = false;
    binaryFirmware.isSource = false;
  };
in
builtins.mapAttrs (shortName: kind: { inherit shortName; } // kind) kinds
