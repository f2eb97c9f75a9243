package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
)

// standardBuilders are the builders of this package, by the name behind "builtin:".
func standardBuilders() map[string]Builder {
	return map[string]Builder{
		"debian-fetch":   BuilderFunc(buildDebianFetch),
		"debian-unpack":  BuilderFunc(buildDebianUnpack),
		"debian-package": BuilderFunc(buildDebianPackage),
		"write-text":     BuilderFunc(buildText),
		"substitute":     BuilderFunc(buildSubstitution),
		"build-env":      BuilderFunc(buildEnvironment),
		"system":         BuilderFunc(buildSystem),
		"nixos-test":     BuilderFunc(refuseTest),
		"fetchurl":       BuilderFunc(buildFetchURL),
	}
}

// buildText writes the attribute "text" as the output, or as the file
// "destination" inside it.
func buildText(_ context.Context, job *Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	return job.writeFile(path.Join(out, job.Get("destination")), job.Get("text"), job.Flag("executable"))
}

// writeFile writes a file beneath the root with the directories it needs.
func (j *Job) writeFile(name, text string, executable bool) error {
	if err := j.Root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if executable {
		mode = 0o755
	}
	return j.Root.WriteFile(name, []byte(text), mode)
}

// substitution is one replacement of text.
type substitution struct{ From, To string }

// buildSubstitution copies "src" with the replacements of "substitutions",
// made in their order.
func buildSubstitution(_ context.Context, job *Job) error {
	source, err := job.Physical(job.Get("src"))
	if err != nil {
		return err
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("reading '%s': %w", job.Get("src"), err)
	}
	var substitutions []substitution
	if err := json.Unmarshal([]byte(job.Get("substitutions")), &substitutions); err != nil {
		return fmt.Errorf("attribute 'substitutions': %w", err)
	}
	result := string(text)
	for _, s := range substitutions {
		result = strings.ReplaceAll(result, s.From, s.To)
	}
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	return job.writeFile(out, result, job.Flag("executable"))
}

// buildSystem stores a system description. It refers to all that the system
// consists of, and so keeps it in the store.
func buildSystem(_ context.Context, job *Job) error {
	text := job.Get("description")
	if !json.Valid([]byte(text)) {
		return errors.New("attribute 'description' is not JSON")
	}
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	return job.writeFile(path.Join(out, "description.json"), text, false)
}

func refuseTest(context.Context, *Job) error {
	return errors.New("a test is not built; run it with 'berth check'")
}
