package root

import (
	"context"
	"path/filepath"
	"slices"
)

// compileModules is the program that compiles them. The hash of a source is
// never checked: sources are read-only. A module that does not compile (some
// packages ship templates) is left as it is.
const compileModules = `
import compileall, glob, py_compile
for directory in glob.glob("/usr/lib/python3*"):
    compileall.compile_dir(directory, quiet=2, workers=0,
                           invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
`

// byteCodeLayer returns the layer with the compiled Python modules of the
// parts, none where there is no Python. It depends on the parts that have
// modules alone, so that most sets of packages share it.
func (a *assembly) byteCodeLayer(ctx context.Context, packages *layer[packageFacts], lowers []string) ([]string, error) {
	if !packages.result.Python {
		return nil, nil
	}
	names, err := a.pythonParts(packages.key)
	if err != nil || names == nil {
		return nil, err
	}
	key := keyOf(layerRules, "byte code", names)
	l, err := cachedLayer(&a.Config, key, func(t *tree) (struct{}, error) {
		a.log("compiling Python modules of %d packages", len(names))
		s := sandbox{config: &a.Config, lowers: slices.Concat([]string{packages.tree}, lowers), upper: t.root.Name()}
		return struct{}{}, s.run(ctx, []string{"/usr/bin/python3", "-c", compileModules}, nil, nil)
	})
	if err != nil {
		return nil, err
	}
	return []string{l.tree}, nil
}

// pythonParts names the parts that have Python modules; nil without an
// interpreter. The answer is kept beside the package layer.
func (a *assembly) pythonParts(packagesKey string) ([]string, error) {
	key := keyOf(layerRules, "python parts", packagesKey)
	l, err := cachedLayer(&a.Config, key, func(*tree) ([]string, error) {
		v, err := a.view()
		if err != nil || !v.exists("usr/bin/python3") {
			return nil, err
		}
		names := []string{}
		for _, p := range v.parts {
			if found, _ := filepath.Glob(escapeGlob(p.tree) + "/usr/lib/python3*"); len(found) > 0 {
				names = append(names, filepath.Base(filepath.Dir(p.tree)))
			}
		}
		return names, nil
	})
	if err != nil {
		return nil, err
	}
	return l.result, nil
}
