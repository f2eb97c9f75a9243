package eval

// leaves lists the smallest forms of each kind.
func leaves() map[string][]string {
	return map[string][]string{
		"int":   {"0", "1", "2", "7", "(-3)", "100", "9223372036854775807", "(-9223372036854775807 - 1)", "36028797018963968"},
		"float": {"0.5", "1.0", "(-2.25)", "1.0e10", "3.14159265", "1.0e-7", "1.5e300", "0.1", "123456789.125"},
		"string": {
			`""`, `"a"`, `"foo-1.2"`, `"x y"`, "''\n  in\n   dented\n''", `"é\n"`, `"\${z}"`, `"1.2.3pre4"`, `"/a/b"`, `"b"`,
			`"{\"a\":1}"`, `"[1,2.5,null]"`, `"a = 1"`, `"<&>'\""`, `"a.b-c"`, "\"tab\\there\"", `"sha256"`, `"/nix/store"`,
			"''\n\ta\n  ''${b} '''\n  ''", `"x\\y"`, `"."`, `"aaa"`, `"(a)"`,
		},
		"bool":     {"true", "false"},
		"list":     {"[ ]", "[ 1 2 3 ]", "[ 3 1 2 1 ]", "[ 5 ]", "[ (-1) 9 0 ]"},
		"attrs":    {"{ }", "{ a = 1; }", "{ a = 2; b = 3; }", "{ c = 4; b = 1; }", "{ x.y = 1; x.z = 2; }.x", `{ "a b" = 1; or = 2; }`},
		"function": {"(x: x)", "(x: x + 1)", "builtins.typeOf", "({ a, b ? 2 }: a)", "(x: y: x)", "toString", "(builtins.add 1)", "{ __functor = self: x: x; }", "builtins.throw"},
		"strings":  {"[ ]", `[ "a" "b" ]`, `[ "b" "" "a" "a" ]`, `[ "x.y" ]`},
		"deep":     {"[ { a = [ 1 ]; } null ]", "{ a = { b = [ { } ]; }; }", "null", "[ [ ] [ [ ] ] ]", `{ type = "derivation"; outPath = "/x"; }`, "[ (x: x) ]", "{ f = x: x; }", "{ a.b.c = 1; }"},
		"path":     {"/a", "/a/b", "./files", "./files/tree/f", "/a/../b"},
		"linked":   {"(builtins.toFile \"t\" \"text\")", "\"${./files/tree}\"", "(derivation { name = \"d\"; builder = \"b\"; system = \"s\"; }).outPath", "(derivation { name = \"e\"; builder = \"b\"; system = \"s\"; outputs = [ \"out\" \"dev\" ]; }).dev.drvPath", "\"plain\""},
	}
}

// templates lists forms of each kind.
func templates() map[string][]string {
	return map[string][]string{
		"int": intTemplates(), "float": floatTemplates(), "string": stringTemplates(), "bool": boolTemplates(),
		"list": listTemplates(), "attrs": attrsTemplates(), "function": functionTemplates(), "strings": stringsTemplates(),
		"deep": deepTemplates(), "path": pathTemplates(), "linked": linkedTemplates(),
	}
}

func intTemplates() []string {
	return []string{
		"(%i + %i)", "(%i - %i)", "(%i * %i)", "(%i / %i)", "(- %i)", "(builtins.length %l)", "(builtins.stringLength %s)",
		"(builtins.foldl' (x: y: x + y) %i %l)", "(builtins.elemAt %l %i)", "(builtins.head %l)", "(%a.a or %i)",
		"(builtins.compareVersions %s %s)", "(builtins.bitAnd %i %i)", "(builtins.add %i %i)", "(if %b then %i else %i)",
		"(builtins.floor %f)", "(builtins.seq %l %i)", "(builtins.length (builtins.attrNames %a))", "%a.b",
		"(assert %b; %i)", "(builtins.getAttr \"a\" %a)", "({ __functor = self: x: x + %i; } %i)",
		"(builtins.ceil %f)", "(builtins.bitOr %i %i)", "(builtins.bitXor %i %i)", "(builtins.deepSeq %d %i)", "(builtins.sub %i %i)",
		"(builtins.mul %i %i)", "(builtins.div %i %i)", "(builtins.lessThan %i %i)", "(%F %i)", "(let f = n: if n <= 0 then %i else f (n - 1); in f 5)",
		"(builtins.fromJSON (toString %i))", "%a.${%s}", "(%a.x.y or %i)", "(builtins.foldl' %F %i %l)", "(let __sub = a: b: a; in %i - %i)",
		"(let __lessThan = a: b: %b; in if %i > %i then %i else %i)", "(builtins.addErrorContext %s %i)", "(with %a; with { b = %i; }; b)",
		"(builtins.stringLength %c)", "(builtins.convertHash { hash = %s; toHashFormat = %s; hashAlgo = %s; })", "(rec { a = %i; __overrides = %a; }).a",
		"(builtins.length (builtins.split %s %s))", "(throw %s)", "(abort %s)", "(builtins.length %S)", "(%i + %f)",
	}
}

func floatTemplates() []string {
	return []string{
		"(%f + %i)", "(%f * %f)", "(%i / %f)", "(%f - %f)", "(if %b then %f else %f)", "(- %f)", "(builtins.fromJSON (builtins.toJSON %f))",
		"(builtins.add %f %i)", "(builtins.foldl' builtins.mul %f %l)", "(%f / %f)", "(builtins.elemAt [ %f %f ] 1)",
	}
}

func stringTemplates() []string {
	return []string{
		"(%s + %s)", "\"${%s}-${toString %i}\"", "(toString %l)", "(toString %f)", "(toString %b)", "(builtins.substring %i %i %s)",
		"(builtins.concatStringsSep %s [ %s %s ])", "(builtins.replaceStrings [ %s \"a\" ] [ %s \"b\" ] %s)", "(builtins.toJSON %a)",
		"(builtins.toJSON [ %f %l %b ])", "(builtins.typeOf %a)", "(if %b then %s else %s)", "(builtins.hashString \"sha256\" %s)",
		"(builtins.head (builtins.attrNames %a))", "(builtins.toXML %a)", "(baseNameOf %s)", "(builtins.parseDrvName %s).name",
		"\"${{ outPath = %s; }}\"", "(builtins.elemAt (builtins.match \"(.*)(-.*)?\" %s) 0)", "(builtins.dirOf %s)",
		"(builtins.unsafeDiscardStringContext %s)", "(toString { __toString = self: %s; })",
		"(builtins.toXML %d)", "(builtins.toJSON %d)", "(toString %d)", "(builtins.toXML %F)", "(builtins.concatStringsSep %s %S)", "(toString %S)",
		"(builtins.replaceStrings %S %S %s)", "(builtins.typeOf %d)", "(builtins.hashString %s %s)", "(builtins.hashString \"md5\" %c)",
		"(toString %p)", "(baseNameOf %p)", "\"${%s}${%c}\"", "(builtins.placeholder %s)", "(builtins.unsafeDiscardStringContext %c)",
		"(builtins.parseDrvName %s).version", "''\n  a${%s}\n    b\n ${%s} c''", "(%F %s)", "(builtins.trace %d %s)", "(builtins.toFile %s %s)",
		"(builtins.typeOf (%F %d))", "(builtins.readFile (builtins.toFile \"x\" %s))", "(builtins.getEnv %s)", "(builtins.toJSON { outPath = %s; a = %i; })",
		"(builtins.warn %s %s)", "(builtins.head %S)", "(builtins.toJSON %c)", "(builtins.toXML { type = \"derivation\"; drvPath = %s; outPath = %s; name = %d; })",
		"(%s + %p)", "(builtins.unsafeDiscardOutputDependency %c)", "(builtins.addDrvOutputDependencies %c)",
	}
}

func boolTemplates() []string {
	return []string{
		"(%i < %i)", "(%i == %i)", "(%s == %s)", "(%s < %s)", "(%l == %l)", "(%a == %a)", "(%b && %b)", "(%b || %b)", "(%b -> %b)", "(! %b)",
		"(%a ? a)", "(%a ? x.y)", "(builtins.elem %i %l)", "(builtins.all (x: x < %i) %l)", "(builtins.any (x: x == %i) %l)",
		"(builtins.tryEval %i).success", "(%f >= %i)", "(%l < %l)", "(builtins.isInt %i)", "(builtins.hasAttr %s %a)", "(%i <= %i)", "(%f == %i)",
		"(%d == %d)", "(builtins.elem %d [ %d %d ])", "(%F == %F)", "([ %F ] == [ %F ])", "(let f = %F; in [ f ] == [ f ])", "(let x = %d; in x == x)",
		"(let s = { f = %F; }; in { inherit (s) f; } == { f = s.f; })", "(builtins.hasContext %c)", "(%d ? a.b)", "(%a ? ${%s})", "(builtins.isFunction %F)",
		"(builtins.isAttrs %d)", "(builtins.isString %d)", "(builtins.isList %d)", "(builtins.isPath %p)", "(%p == %p)", "(%p < %p)", "(builtins.pathExists %p)",
		"(builtins.tryEval (builtins.deepSeq %d %d)).success", "(%f < %f)", "(%f == %f)", "([ %i %f ] < [ %f %i ])", "(builtins.tryEval (throw %s)).success",
		"(builtins.tryEval (assert %b; %d)).success", "(builtins.isNull %d)", "(%d < %d)", "(%S == %S)", "(builtins.elem %s %S)", "(%c == %c)", "(%d != %d)",
	}
}

func listTemplates() []string {
	return []string{
		"(%l ++ %l)", "(map (x: x + %i) %l)", "(builtins.filter (x: x > %i) %l)", "[ %i %i ]", "(builtins.attrValues %a)", "(builtins.tail %l)",
		"(builtins.sort (x: y: x < y) %l)", "(builtins.genList (x: x * 2) (builtins.bitAnd 7 %i))", "(builtins.concatLists [ %l %l ])",
		"(builtins.concatMap (x: [ x x ]) %l)", "(builtins.partition (x: x < %i) %l).wrong", "(builtins.catAttrs \"a\" [ %a %a ])",
		"(map (x: x.key) (builtins.genericClosure { startSet = map (key: { inherit key; }) %l; operator = x: if x.key > 0 && x.key < 9 then [ { key = x.key - 1; } ] else [ ]; }))",
		"(builtins.fromJSON (builtins.toJSON %l))", "(builtins.sort builtins.lessThan %l)",
		"(map %F %l)", "(builtins.sort (x: y: %b) %l)", "(builtins.genList %F (builtins.bitAnd 3 %i))", "(builtins.concatMap (x: %l) %l)", "(builtins.catAttrs %s [ %a %a ])",
		"(builtins.partition %F %l).right", "(let l = %l; in [ l l ])", "(builtins.filter (x: %b) %l)", "(builtins.sort (x: y: x > y) (%l ++ %l ++ %l))",
		"(builtins.elemAt [ %l %l ] %i)", "(builtins.attrValues (builtins.mapAttrs (n: v: v + %i) %a))", "(let xs = [ %i ] ++ map (x: x + 1) xs; in [ (builtins.head xs) ])",
	}
}

func attrsTemplates() []string {
	return []string{
		"(%a // %a)", "{ a = %i; b = %i; }", "({ a = %i; } // %a)", "(builtins.removeAttrs %a [ %s \"a\" ])", "(builtins.mapAttrs (n: v: v) %a)",
		"(builtins.intersectAttrs %a %a)", "(builtins.listToAttrs (map (x: { name = toString x; value = x; }) %l))", "{ ${%s} = %i; }",
		"(rec { a = %i; b = a; })", "(builtins.groupBy toString %l)", "(builtins.mapAttrs (n: v: v + %i) %a)",
		"(builtins.zipAttrsWith (n: vs: builtins.length vs) [ %a %a ])", "(builtins.fromJSON (builtins.toJSON %a))", "(builtins.functionArgs ({ a, b ? 1 }: a))",
		"(builtins.parseDrvName %s)", "(let inherit (%a) a; in { inherit a; b = %i; })",
		"(builtins.removeAttrs %a %S)", "(builtins.listToAttrs [ { name = %s; value = %i; } { name = %s; value = %i; } ])", "{ a.b = %i; a.c = %i; }.a",
		"{ ${%s} = %i; ${%s} = %i; }", "({ inherit (%a) a b; })", "(builtins.foldl' (acc: x: acc // { ${toString x} = x; }) %a %l)", "(rec { inherit (%a) a; b = a; })",
		"(builtins.functionArgs %F)", "(builtins.getContext %c)", "(builtins.intersectAttrs { a = 1; b = 1; c = 1; } %a)", "(builtins.fromTOML %s)",
		"{ ${if %b then %s else null} = %i; }", "(rec { a = %i; b = rec { a = c; c = %i; }; }).b", "(with %a; { inherit b; })", "({ a ? %i, ... }@s: s // { x = a; }) %a",
		"(builtins.zipAttrsWith (n: builtins.head) [ %a %a %a ])", "(builtins.groupBy (x: if x > %i then \"hi\" else \"lo\") %l)", "(builtins.tryEval %i)",
	}
}

func functionTemplates() []string {
	return []string{
		"(x: %i)", "(x: %s)", "(if %b then %F else %F)", "({ a ? %i, ... }: a)", "{ __functor = self: %F; }", "(builtins.substring 0)", "(x: builtins.seq x %d)",
		"(builtins.elemAt [ %F %F ] 0)", "(x: x.a)", "(x: \"${x}\")", "(x: x ++ %l)", "(x: x // %a)", "({ f = %F; }).f", "(y: %F)", "(let f = %F; in x: f x)",
		"builtins.isInt", "(builtins.foldl' (x: y: x))", "(map %F)", "(builtins.getAttr %s)", "(x: !x)", "(x: - x)", "(x: x == %d)",
	}
}

func stringsTemplates() []string {
	return []string{
		"[ %s %s ]", "(builtins.attrNames %a)", "(map toString %l)", "(%S ++ %S)", "(builtins.splitVersion %s)", "(builtins.sort (a: b: a < b) %S)",
		"(builtins.filter builtins.isString (builtins.split %s %s))", "(builtins.split \"([ab])|(c)\" %s)", "(builtins.match \"(a*)(b|.)?(.*)\" %s)", "(builtins.match %s %s)",
		"(map (s: s + %s) %S)", "(builtins.split \"[[:space:]]+|-\" %s)", "(builtins.tail %S)", "(builtins.concatMap (s: [ s %s ]) %S)", "(builtins.match \"([^.]*)[.]?(.*)\" %s)",
		"(builtins.split \"\" %s)", "[ %c %s ]", "(builtins.match \"(x*)(.{1,2}).*\" %s)", "(map baseNameOf %S)", "(builtins.split \"(.)(.)\" (%s + %s))",
	}
}

func deepTemplates() []string {
	return []string{
		"[ %d %d ]", "{ a = %d; b = %d; }", "(let x = %d; in [ x x { inherit x; } ])", "{ f = %F; l = %l; }", "[ %i %f %s %b ]", "(builtins.fromJSON (builtins.toJSON %d))",
		"(builtins.fromJSON %s)", "(%F %d)", "(if %b then %d else null)", "%d.a", "(%d.a.b or %d)", "(builtins.tryEval %d)", "(rec { a = %d; b = a; })", "[ (throw %s) ]",
		"(builtins.mapAttrs (n: v: %d) %a)", "(map (x: %d) %l)", "(builtins.head [ %d ])", "(let c = { x = %d; }; in { inherit (c) x; y = c.x; })", "(builtins.seq %d %d)",
		"(builtins.deepSeq %d %d)", "{ type = \"derivation\"; outPath = %s; x = %d; }", "(builtins.unsafeGetAttrPos \"a\" %d)", "(builtins.concatLists [ [ %d ] %l ])", "[ %p %c ]",
		"(builtins.partition (x: %b) [ %d %d ])", "(builtins.addErrorContext %s %d)", "(with %d; a)", "(let a = %d; b = a; in { inherit a b; })", "(%d // %d)", "(%d ++ [ %d ])", "(%i + %d)",
		"(%s + %d)", "(! %d)", "(builtins.readDir ./files/tree)", "(builtins.genericClosure { startSet = [ { key = %s; } { key = %s; } ]; operator = x: [ ]; })",
	}
}

func pathTemplates() []string {
	return []string{"(%p + %s)", "(/nowhere + %s)", "./a/${%s}", "(builtins.dirOf %p)", "(if %b then %p else %p)", "(%p + \"/../x\")", "/x/${%s}/y", "(%p + %p)"}
}

func linkedTemplates() []string {
	return []string{
		"(%c + %s)", "\"${%c}/bin ${%c}\"", "(builtins.substring %i %i %c)", "(builtins.replaceStrings [ %s ] [ %c ] %s)", "(builtins.concatStringsSep %c [ %c %s ])",
		"(derivation { name = %s; builder = %c; system = \"s\"; args = %S; x = %d; }).outPath", "(derivation { name = \"n\"; builder = %s; system = \"s\"; __structuredAttrs = true; x = %d; y = %c; }).drvPath",
		"(builtins.appendContext %s (builtins.getContext %c))", "(builtins.toFile \"f\" %c)", "(derivation { name = \"n\"; builder = %s; system = \"s\"; outputHash = builtins.hashString \"sha256\" %s; outputHashAlgo = \"sha256\"; e = %c; }).outPath",
		"(builtins.head (builtins.split \"/\" %c))", "(toString [ %c %s ])", "(builtins.unsafeDiscardOutputDependency %c)", "(derivation { name = \"n\"; builder = %s; system = \"s\"; outputs = [ \"out\" %s ]; b = %b; i = %i; f = %f; l = %l; }).outPath",
		"(builtins.toJSON [ %c %d ])", "(builtins.path { path = ./files/tree; name = %s; })",
	}
}
