package machine

import (
	"os"
	"testing"

	"berth.dev/internal/isolate"
)

func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages(), Stages()); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}
