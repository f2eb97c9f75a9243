package build

import (
	"context"
	"errors"
)

func (w *work) runSandboxed(ctx context.Context) error {
	return w.failed(errors.New("sandbox"))
}
