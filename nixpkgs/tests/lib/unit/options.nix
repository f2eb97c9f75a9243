{ lib }:
let
  inherit (lib) mkOption types;
  pkgs = { hello = { type = "derivation"; name = "hello"; }; python.ghc = { type = "derivation"; name = "ghc"; }; };
in
{
  testMkEnableOption.expr = removeAttrs (lib.mkEnableOption "foo") [ "type" ];
  testMkEnableOption.expected = { _type = "option"; default = false; example = true; description = "Whether to enable foo."; };

  testMkPackageOption.expr = map (o: { inherit (o) description defaultText; default = o.default.name or o.default; example = o.example or null; type = o.type.description; }) [
    (lib.mkPackageOption pkgs "hello" { })
    (lib.mkPackageOption pkgs "GHC" { default = [ "python" "ghc" ]; example = "python.other"; })
    (lib.mkPackageOption pkgs "hello" { nullable = true; extraDescription = "More."; })
  ];
  testMkPackageOption.expected = [
    { description = "The hello package to use."; default = "hello"; defaultText = lib.literalExpression "pkgs.hello"; example = null; type = "package"; }
    { description = "The GHC package to use."; default = "ghc"; defaultText = lib.literalExpression "pkgs.python.ghc"; example = lib.literalExpression "pkgs.python.other"; type = "package"; }
    { description = "The hello package to use. More."; default = "hello"; defaultText = lib.literalExpression "pkgs.hello"; example = null; type = "null or package"; }
  ];
  testMkPackageOptionNone.expr = lib.mkPackageOption pkgs "hello" { default = null; } ? default;
  testMkPackageOptionNone.expected = false;
  testMkPackageOptionMissing.expr = (lib.mkPackageOption pkgs "nothing" { }).default;
  testMkPackageOptionMissing.expectedError = true;

  testShowOption.expr = [ (lib.showOption [ "a" "b c" "d.e" ]) (lib.showOption [ "a" "*" "<name>" "x" ]) (lib.showOption [ "if" ]) (lib.showOption [ ]) ];
  testShowOption.expected = [ ''a."b c"."d.e"'' "a.*.<name>.x" ''"if"'' "" ];

  testShowFiles.expr = lib.showFiles [ "/a" "/b" ];
  testShowFiles.expected = "`/a' and `/b'";

  testShowDefs.expr = lib.showDefs [ { file = "/a"; value = 1; } { file = "/b"; value = { x = "y"; }; } { file = "/c"; value = throw "no"; } ];
  testShowDefs.expected = "\n- In `/a': 1\n- In `/b':\n    {\n      x = \"y\";\n    }\n- In `/c'";

  testLiterals.expr = [ (lib.literalExpression "x") (lib.literalMD "y") (lib.mdDoc "z") ];
  testLiterals.expected = [ { _type = "literalExpression"; text = "x"; } { _type = "literalMD"; text = "y"; } "z" ];
  testLiteralWrong.expr = lib.literalExpression 1;
  testLiteralWrong.expectedError = true;

  testMergeDefault.expr = map (vs: lib.mergeDefaultOption [ "x" ] (map (value: { inherit value; file = "f"; }) vs)) [ [ [ 1 ] [ 2 ] ] [ { a = 1; } { b = 2; } ] [ true false ] [ "a" "b" ] [ 1 1 ] [ 5 ] ];
  testMergeDefault.expected = [ [ 1 2 ] { a = 1; b = 2; } true "ab" 1 5 ];

  testDocList.expr =
    let
      options = (lib.evalModules {
        modules = [
          {
            _file = "/file.nix";
            options.a = mkOption { type = types.int; default = 1; description = "A."; };
            options.b = mkOption { type = types.attrsOf (types.submodule { options.c = mkOption { type = types.str; example = "x"; }; }); };
            options.hidden = mkOption { internal = true; visible = false; type = types.submodule { options.d = mkOption { }; }; };
          }
        ];
      }).options;
      list = lib.optionAttrSetToDocList (removeAttrs options [ "_module" ]);
    in
    map (o: removeAttrs o [ "loc" ]) (lib.filter (o: !(lib.hasInfix "_module" o.name)) list);
  testDocList.expected = [
    { name = "a"; description = "A."; declarations = [ "/file.nix" ]; internal = false; visible = true; readOnly = false; type = "signed integer"; default = lib.literalExpression "1"; }
    { name = "b"; description = null; declarations = [ "/file.nix" ]; internal = false; visible = true; readOnly = false; type = "attribute set of (submodule)"; }
    { name = "b.<name>.c"; description = null; declarations = [ "/file.nix" ]; internal = false; visible = true; readOnly = false; type = "string"; example = lib.literalExpression "\"x\""; }
    { name = "hidden"; description = null; declarations = [ "/file.nix" ]; internal = true; visible = false; readOnly = false; type = "submodule"; }
  ];

  testRunTests.expr = lib.runTests { testOk.expr = 1; testOk.expected = 1; testBad.expr = 1; testBad.expected = 2; testThrows.expr = throw "x"; testThrows.expectedError = true; other = 1; };
  testRunTests.expected = [ { name = "testBad"; result = 1; expected = 2; } ];
}
