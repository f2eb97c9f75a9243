package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"berth.dev/nix/diagnostic"
	"berth.dev/nix/eval"
	"berth.dev/nix/syntax"
)

// advise adds to an error of evaluation what helps the one who wrote the
// program: the definition that a message speaks of, the cycle of an infinite
// recursion, the usual remedy. It leaves those steps of the trace that name
// options and reports whether there are any.
func (w *workspace) advise(err *eval.Error, found *diagnostic.Diagnostic) (showTrace bool) {
	w.pointAtDefinition(found)
	hints := w.cycleHint(err)
	cycle := len(hints) > 0
	if call := w.callSite(found); call != nil {
		hints = append(hints, w.callHints(found, call)...)
	}
	hints = append(hints, remedy(found)...)
	if len(found.Hints) == 0 || err.Class == eval.ErrRecursion {
		found.Hints = append(found.Hints, hints...)
	}
	found.Trace = optionSteps(found)
	return len(found.Trace) > 0 && !cycle
}

var definedIn = regexp.MustCompile("- In `([^':]+):([0-9]+)'")

// pointAtDefinition gives a message about options the place of the first
// definition that it lists.
func (w *workspace) pointAtDefinition(found *diagnostic.Diagnostic) {
	match := definedIn.FindStringSubmatch(found.Message)
	if found.Pos != diagnostic.NoPos || match == nil {
		return
	}
	source := w.session.Evaluator.Sources().Named(match[1])
	line, err := strconv.Atoi(match[2])
	if source != nil && err == nil {
		found.Pos = source.LinePos(line)
	}
}

// shownSteps bounds how many options around an error are named.
const shownSteps = 3

// optionSteps returns the steps of a trace that name options the message does
// not name itself, innermost first.
func optionSteps(found *diagnostic.Diagnostic) []diagnostic.Frame {
	var steps []diagnostic.Frame
	for _, frame := range found.Trace {
		name := optionOf(frame.Message)
		if name == "" || strings.Contains(found.Message, "`"+name+"'") || len(steps) == shownSteps {
			continue
		}
		step := diagnostic.Frame{Message: "while evaluating the option `" + name + "'"}
		if !slices.Contains(steps, step) {
			steps = append(steps, step)
		}
	}
	return steps
}

// optionOf returns the option that a step of a trace is about.
func optionOf(message string) string {
	name, ok := strings.CutPrefix(message, "while evaluating the option `")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "'")
	return name
}

// cycleHint tells how a value comes to need itself, in the names of the
// program.
func (w *workspace) cycleHint(err *eval.Error) []string {
	sources := w.session.Evaluator.Sources()
	var steps []string
	for _, step := range err.Cycle {
		at, ok := sources.Locate(step.Pos)
		if !ok || at.Origin.Kind == diagnostic.OriginBuiltin || w.session.IsEmbedded(at.Origin.Name) {
			continue
		}
		name := step.Message
		if name == "" {
			name = boundName(sources.Source(step.Pos), step.Pos)
		}
		if name == "" {
			continue
		}
		text := fmt.Sprintf("'%s' (line %d)", name, at.Line)
		if !slices.Contains(steps, text) {
			steps = append(steps, text)
		}
	}
	switch len(steps) {
	case 0:
		return nil
	case 1:
		return []string{steps[0] + " needs itself"}
	}
	first, _, _ := strings.Cut(steps[0], " (")
	steps = append(steps, first+" again")
	return []string{steps[0] + " needs " + strings.Join(steps[1:], ", which needs ")}
}

// boundName returns the name that the expression at a position is bound to.
func boundName(source *diagnostic.Source, at diagnostic.Pos) string {
	if source == nil {
		return ""
	}
	tokens := syntax.Tokens(source.Text)
	word := func(i int) string { return source.Text[tokens[i].Start:tokens[i].End] }
	for i := 2; i < len(tokens); i++ {
		if tokens[i].Start == int(at-source.Base) {
			if word(i-1) == "=" && tokens[i-2].Class == syntax.TokenName {
				return word(i - 2)
			}
			return ""
		}
	}
	return ""
}

// callSite returns the step of a trace where a function was called that
// complains about its arguments.
func (w *workspace) callSite(found *diagnostic.Diagnostic) *diagnostic.Frame {
	if !strings.HasPrefix(found.Message, "function '") {
		return nil
	}
	for i, frame := range found.Trace {
		if frame.Message == "from call site" {
			return &found.Trace[i]
		}
	}
	return nil
}

// callHints moves an error about arguments to the call, which is what the user
// wrote, and tells where the function is. An argument whose name is nearly the
// missing one is named.
func (w *workspace) callHints(found *diagnostic.Diagnostic, call *diagnostic.Frame) []string {
	sources := w.session.Evaluator.Sources()
	defined, ok := sources.Locate(found.Pos)
	if _, called := sources.Locate(call.Pos); !ok || !called {
		return nil
	}
	hints := []string{fmt.Sprintf("the function is defined at %s", defined)}
	if _, missing, ok := strings.Cut(found.Message, "without required argument '"); ok {
		missing = strings.TrimSuffix(missing, "'")
		if near := nearest(missing, argumentNames(sources.Source(call.Pos), call.Pos)); len(near) > 0 {
			hints = append([]string{fmt.Sprintf("the call gives '%s'; did you mean %s?", near[0], missing)}, hints...)
		}
	}
	found.Pos = call.Pos
	return hints
}

// argumentNames returns the names in the set that a call at a position is
// written with.
func argumentNames(source *diagnostic.Source, at diagnostic.Pos) []string {
	tokens := syntax.Tokens(source.Text)
	var names []string
	depth := 0
	for i, token := range tokens {
		if token.Start < int(at-source.Base) {
			continue
		}
		switch word := source.Text[token.Start:token.End]; word {
		case "{", "(", "[":
			depth++
		case "}", ")", "]":
			if depth--; depth <= 0 {
				return names
			}
		case "=":
			if depth == 1 && tokens[i-1].Class == syntax.TokenName {
				names = append(names, source.Text[tokens[i-1].Start:tokens[i-1].End])
			}
		}
	}
	return names
}

// A remedyRule is what helps against messages of one form. In the text, $1 is
// the first group.
type remedyRule struct {
	message *regexp.Regexp
	text    string
}

var remedies = []remedyRule{
	{regexp.MustCompile(`^cannot coerce (?:an integer|a float) to a string`), "toString makes text of a number"},
	{regexp.MustCompile(`^cannot coerce a list to a string`), `builtins.concatStringsSep " " joins the strings of a list`},
	{regexp.MustCompile(`^cannot coerce a set to a string`), "only sets with outPath or __toString, such as packages, have a text; builtins.toJSON makes one of any value"},
	{regexp.MustCompile(`^cannot coerce (?:a function|the built-in function.*|the partially.*) to a string`), "the function probably lacks an argument"},
	{regexp.MustCompile(`^cannot coerce null to a string`), `write if x == null then "" else x for a value that may be null`},
	{regexp.MustCompile(`^expected a Boolean but found a string: "(true|false)"$`), "write $1 without quotes"},
	{regexp.MustCompile(`^expected an integer but found a string: "([0-9]+)"$`), "write $1 without quotes, or use lib.toInt"},
	{regexp.MustCompile(`^expected a set but found null`), "a part of the path before the last dot is null; `or` stands in for what is missing, not for null"},
}

// remedy returns what usually helps against a message. A built-in function that
// was called with something wrong is shown with its arguments.
func remedy(found *diagnostic.Diagnostic) []string {
	for _, r := range remedies {
		if match := r.message.FindStringSubmatchIndex(found.Message); match != nil {
			return []string{string(r.message.ExpandString(nil, r.text, found.Message, match))}
		}
	}
	if len(found.Trace) == 0 || !strings.HasPrefix(found.Message, "expected ") {
		return nil
	}
	name, ok := strings.CutPrefix(found.Trace[0].Message, "while calling the '")
	name, _, _ = strings.Cut(name, "'")
	if doc, known := eval.DescribeBuiltin(name); ok && known {
		return []string{"it is called as " + doc.Synopsis()}
	}
	return nil
}

// noSuchOutput says that a flake has no attribute at any of the usual places,
// with near names from all of them.
func (w *workspace) noSuchOutput(v *eval.Value, names []string, t target) error {
	path := strings.Join(names, ".")
	places := [][]string{{"packages", nixSystem()}, {"legacyPackages", nixSystem()}, nil}
	var tried, near []string
	for _, place := range places {
		tried = append(tried, "'"+strings.Join(append(slices.Clone(place), path), ".")+"'")
		near = append(near, w.nearMembers(v, append(slices.Clone(place), names...))...)
	}
	message := fmt.Sprintf("flake '%s' does not provide attribute %s", t.ref, alternatives(tried))
	if len(near) > 0 {
		slices.Sort(near)
		return fmt.Errorf("%s\n       Did you mean %s?", message, alternatives(slices.Compact(near)))
	}
	var have []string
	for _, attr := range w.session.Evaluator.Attrs(v) {
		if !flakeDetails[attr.Name] {
			have = append(have, attr.Name)
		}
	}
	return fmt.Errorf("%s\n       It has %s", message, strings.Join(have, ", "))
}

// flakeDetails are the attributes of a flake that are no outputs.
var flakeDetails = map[string]bool{
	"_type": true, "inputs": true, "outputs": true, "sourceInfo": true, "outPath": true, "narHash": true, "rev": true,
	"shortRev": true, "dirtyRev": true, "dirtyShortRev": true, "revCount": true, "lastModified": true,
	"lastModifiedDate": true, "submodules": true,
}

// nearMembers returns the names near the first one of a path that is missing.
func (w *workspace) nearMembers(v *eval.Value, path []string) []string {
	ev := w.session.Evaluator
	for _, name := range path {
		if ev.Force(v) != nil || v.Kind() != eval.KindAttrs {
			return nil
		}
		next, err := ev.Get(v, name)
		if err != nil {
			return nil
		}
		if next == nil {
			var names []string
			for _, attr := range ev.Attrs(v) {
				names = append(names, attr.Name)
			}
			if name != path[len(path)-1] && len(path) > 1 && name == path[0] {
				return nil // the flake lacks the whole place
			}
			return nearest(name, names)
		}
		v = next
	}
	return nil
}
