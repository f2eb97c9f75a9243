package build

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// uidRange is the feature of builds that run as root of a user namespace with
// as many users as an image has; without privilege there is only root in it.
const uidRange = "uid-range"

// features are the system features that this machine offers to builds.
func features() []string {
	all := []string{"benchmark", "big-parallel", "nixos-test", uidRange}
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
