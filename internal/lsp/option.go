package lsp

import (
	"fmt"
	"os"
	"strings"

	"berth.dev/internal/catalogue"
)

// matches reports whether an option's path is the given one; a part in angle
// brackets, as in containers.<name>, matches any name.
func matches(option, path []string) bool {
	if len(option) < len(path) {
		return false
	}
	for i, name := range path {
		if option[i] != name && !strings.HasPrefix(option[i], "<") && option[i] != "*" {
			return false
		}
	}
	return true
}

// optionPaths returns the ways to read a path as that of an option: as it is,
// and without what stands around a module, such as `config` or the attributes
// of a flake that lead to it.
func optionPaths(path []string) [][]string {
	var paths [][]string
	for i := range path {
		paths = append(paths, path[i:])
	}
	return paths
}

// option returns the option that a path of attributes sets, trying the longest
// path first.
func (s *Server) option(path []string) (catalogue.Option, bool) {
	for _, candidate := range optionPaths(path) {
		for _, o := range s.catalogue.Options() {
			if parts := strings.Split(o.Name, "."); len(parts) == len(candidate) && matches(parts, candidate) {
				return o, true
			}
		}
	}
	return catalogue.Option{}, false
}

// optionMembers returns the names that may follow a path, with the option that
// each one is or leads to.
func (s *Server) optionMembers(path []string) map[string]catalogue.Option {
	members := map[string]catalogue.Option{}
	for _, candidate := range append(optionPaths(path), nil) {
		if len(candidate) == 0 && len(path) > 0 && path[len(path)-1] != "config" && !isModuleList(path) {
			continue
		}
		for _, o := range s.catalogue.Options() {
			parts := strings.Split(o.Name, ".")
			if len(parts) <= len(candidate) || !matches(parts, candidate) {
				continue
			}
			name := parts[len(candidate)]
			if known, ok := members[name]; !strings.HasPrefix(name, "<") && name != "*" && (!ok || len(o.Name) < len(known.Name)) {
				members[name] = o
			}
		}
		if len(members) > 0 {
			break
		}
	}
	return members
}

// isModuleList reports whether the value of an attribute is a module or a list
// of them.
func isModuleList(path []string) bool {
	switch path[len(path)-1] {
	case "modules", "imports", "machine":
		return true
	}
	return len(path) >= 2 && path[len(path)-2] == "nodes"
}

// describeOption is an option for people.
func describeOption(o catalogue.Option) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n\n%s\n\n*type:* %s\n", o.Name, o.Description, o.Type)
	if o.Default != "" {
		fmt.Fprintf(&b, "\n*default:*\n```nix\n%s\n```\n", o.Default)
	}
	if o.Example != "" {
		fmt.Fprintf(&b, "\n*example:*\n```nix\n%s\n```\n", o.Example)
	}
	if len(o.Declarations) > 0 {
		fmt.Fprintf(&b, "\n*declared in* %s\n", strings.Join(o.Declarations, ", "))
	}
	return b.String()
}

// declaration returns where an option is declared.
func (s *Server) declaration(o catalogue.Option) *location {
	for _, declared := range o.Declarations {
		file, ok := s.catalogue.SourceFile(declared)
		if !ok {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		at := declarationLine(string(text), o.Name)
		return &location{URI: fileURI(file), Range: span{position{Line: at}, position{Line: at}}}
	}
	return nil
}

// declarationLine finds the line that names the last part of an option.
func declarationLine(text, name string) int {
	last := name[strings.LastIndexByte(name, '.')+1:]
	best := 0
	for i, line := range strings.Split(text, "\n") {
		left, right, ok := strings.Cut(line, "=")
		left = strings.TrimSpace(left)
		switch {
		case !ok || left != last && !strings.HasSuffix(left, "."+last):
		case strings.Contains(right, "mkOption") || strings.Contains(right, "mkEnableOption"):
			return i
		case best == 0:
			best = i
		}
	}
	return best
}
