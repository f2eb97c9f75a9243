package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"berth.dev/internal/store"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// environment is the builder's whole environment, sorted.
func (s *sandbox) environment() ([]string, error) {
	cores := s.realiser.Cores
	if cores <= 0 {
		cores = runtime.NumCPU()
	}
	variables := map[string]string{
		"PATH":            "/path-not-set",
		"HOME":            "/homeless-shelter",
		"NIX_STORE":       storepath.Dir,
		"NIX_BUILD_CORES": strconv.Itoa(cores),
	}
	if s.attributes.isStructured() {
		variables["NIX_ATTRS_SH_FILE"] = buildDir + "/.attrs.sh"
		variables["NIX_ATTRS_JSON_FILE"] = buildDir + "/.attrs.json"
	} else {
		s.addAttributes(variables)
	}
	for _, name := range []string{"NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD"} {
		variables[name] = buildDir
	}
	if s.drv.IsFixed() {
		variables["NIX_OUTPUT_CHECKED"] = "1"
		names, _ := s.attributes.list("impureEnvVars")
		for _, name := range names {
			variables[name] = s.realiser.Impure[name]
		}
	}
	variables["NIX_LOG_FD"] = "2"
	variables["TERM"] = "xterm-256color"
	list := make([]string, 0, len(variables))
	for name, value := range variables {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list, nil
}

// addAttributes adds the derivation's own variables; those in passAsFile are
// replaced by ones that say where the file is.
func (s *sandbox) addAttributes(variables map[string]string) {
	asFile, _ := s.attributes.list("passAsFile")
	for _, v := range s.drv.Environment {
		if slices.Contains(asFile, v.Name) {
			variables[v.Name+"Path"] = buildDir + "/" + attributeFile(v.Name)
		} else {
			variables[v.Name] = s.rewrites.Replace(v.Value)
		}
	}
}

func attributeFile(name string) string {
	return ".attr-" + hash.SumString(hash.SHA256, name).Nix32()
}

// writeBuildFiles writes what a builder finds in its directory at the start.
func (s *sandbox) writeBuildFiles(ctx context.Context) error {
	if s.attributes.isStructured() {
		return s.writeStructured(ctx)
	}
	asFile, _ := s.attributes.list("passAsFile")
	for _, name := range asFile {
		if value, ok := s.drv.Get(name); ok {
			if err := s.writeBuildFile(attributeFile(name), s.rewrites.Replace(value)); err != nil {
				return err
			}
		}
	}
	return s.writeGraphs(ctx)
}

func (s *sandbox) writeBuildFile(name, text string) error {
	place := filepath.Join(s.dir("build"), name)
	if err := os.WriteFile(place, []byte(text), 0o644); err != nil {
		return err
	}
	return s.user.own(place)
}

// writeGraphs writes the closures that exportReferencesGraph = [ file path ... ] asks for.
func (s *sandbox) writeGraphs(ctx context.Context) error {
	words, _ := s.attributes.list("exportReferencesGraph")
	if len(words)%2 != 0 {
		return fmt.Errorf("odd number of tokens in 'exportReferencesGraph': '%s'", strings.Join(words, " "))
	}
	for pair := range slices.Chunk(words, 2) {
		if !graphName().MatchString(pair[0]) {
			return fmt.Errorf("invalid file name '%s' in 'exportReferencesGraph'", pair[0])
		}
		infos, err := s.graph(ctx, pair[1:])
		if err != nil {
			return err
		}
		if err := s.writeBuildFile(pair[0], registrationText(infos)); err != nil {
			return err
		}
	}
	return nil
}

func graphName() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`) }

// graph returns what is known about the closure of paths among the inputs.
func (s *sandbox) graph(ctx context.Context, texts []string) ([]*store.Info, error) {
	var roots []storepath.Path
	for _, text := range texts {
		p, _, err := storepath.Split(text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(s.closure, p) {
			return nil, fmt.Errorf("cannot export references of path '%s' because it is not in the input closure of the derivation", p)
		}
		roots = append(roots, p)
	}
	closure, err := s.realiser.Store.Closure(ctx, roots...)
	if err != nil {
		return nil, err
	}
	infos := make([]*store.Info, len(closure))
	for i, p := range closure {
		if infos[i], err = s.realiser.Store.Query(ctx, p); err != nil {
			return nil, err
		}
	}
	return infos, nil
}

// registrationText is the old text form of a closure: for each path its name,
// an empty line for the deriver, and its references behind their number.
func registrationText(infos []*store.Info) string {
	var b strings.Builder
	for _, info := range infos {
		fmt.Fprintf(&b, "%s\n\n%d\n", info.Path, len(info.References))
		for _, p := range info.References {
			fmt.Fprintln(&b, p)
		}
	}
	return b.String()
}

// writeStructured writes the attributes as .attrs.json and, as far as a shell
// can hold them, as .attrs.sh.
func (s *sandbox) writeStructured(ctx context.Context) error {
	var all map[string]any
	text, _ := s.drv.Get("__json")
	decoder := json.NewDecoder(strings.NewReader(s.rewrites.Replace(text)))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil {
		return err
	}
	outputs := map[string]any{}
	for _, o := range s.drv.Outputs {
		outputs[o.Name] = o.Path.String()
	}
	all["outputs"] = outputs
	if err := s.addStructuredGraphs(ctx, all); err != nil {
		return err
	}
	jsonText, err := marshal(all)
	if err != nil {
		return err
	}
	if err := s.writeBuildFile(".attrs.json", jsonText); err != nil {
		return err
	}
	return s.writeBuildFile(".attrs.sh", shellDeclarations(all))
}

// addStructuredGraphs adds a closure under each name in exportReferencesGraph.
func (s *sandbox) addStructuredGraphs(ctx context.Context, all map[string]any) error {
	wanted, _ := all["exportReferencesGraph"].(map[string]any)
	for name, value := range wanted {
		roots, ok := stringsOf(value)
		if text, isText := value.(string); isText {
			roots, ok = []string{text}, true
		}
		if !ok {
			return fmt.Errorf("'exportReferencesGraph.%s' is neither a store path nor a list of them", name)
		}
		infos, err := s.graph(ctx, roots)
		if err != nil {
			return err
		}
		entries, err := s.graphEntries(ctx, infos)
		if err != nil {
			return err
		}
		all[name] = entries
	}
	return nil
}

func (s *sandbox) graphEntries(ctx context.Context, infos []*store.Info) ([]any, error) {
	entries := make([]any, len(infos))
	for i, info := range infos {
		size, err := s.closureSize(ctx, info.Path)
		if err != nil {
			return nil, err
		}
		entry := map[string]any{
			"path": info.Path.String(), "closureSize": size, "narSize": info.NARSize, "valid": true,
			"narHash":    info.NARHash.Algorithm().String() + ":" + info.NARHash.Nix32(),
			"references": info.References,
		}
		if !info.Address.IsZero() {
			entry["ca"] = info.Address.String()
		}
		entries[i] = entry
	}
	return entries, nil
}

func (s *sandbox) closureSize(ctx context.Context, p storepath.Path) (int64, error) {
	infos, err := s.graph(ctx, []string{p.String()})
	size := int64(0)
	for _, info := range infos {
		size += info.NARSize
	}
	return size, err
}
