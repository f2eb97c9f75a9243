package build

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// features are the system features that this machine offers to builds.
func features() []string {
	all := []string{"benchmark", "big-parallel", "nixos-test"}
	if _, err := os.Stat("/dev/kvm"); err == nil {
		all = append(all, "kvm")
	}
	slices.Sort(all)
	return all
}

// checkFeatures refuses a derivation that requires a feature that is not there.
func (w *work) checkFeatures(a *attributes) error {
	required, _ := a.list("requiredSystemFeatures")
	offered := features()
	for _, feature := range required {
		if !slices.Contains(offered, feature) {
			slices.Sort(required)
			return &FailedError{Derivation: w.path, Outputs: w.outputPaths(), Reason: fmt.Sprintf(
				"required system or feature not available\nRequired system: '%s' with features {%s}\nCurrent system: '%s' with features {%s}",
				w.drv.System, strings.Join(required, ", "), w.realiser.System, strings.Join(offered, ", "))}
		}
	}
	return nil
}
