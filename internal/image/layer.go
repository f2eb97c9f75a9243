package image

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// epoch is the time of files that have none: one second after the beginning,
// because some programs take zero for missing.
const epoch = "1970-01-01T00:00:01Z"

// date reads a date of a plan; at is what "now" means.
func date(text string, at time.Time) (time.Time, error) {
	if text == now {
		return at.UTC().Truncate(time.Second), nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("'%s' is not a date in ISO 8601, such as %s", text, epoch)
}

// writeLayer writes the tar of a layer. Without an error, the bytes are those
// that the layer's digest is of, unless the store has been changed by hand.
func writeLayer(ctx context.Context, w io.Writer, p *Plan, objects Objects, l *Layer, at time.Time) error {
	if l.Blob != nil {
		return writeBlob(w, objects, l.Blob)
	}
	mtime, err := date(p.Owner.Mtime, at)
	if err != nil {
		return err
	}
	owner := p.Owner
	if l.Kind == PackagesLayer {
		owner = Owner{User: "root", Group: "root"}
	}
	t := newTarWriter(w, owner, mtime)
	add := func(e entry) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return t.add(e)
	}
	if l.Kind == PackagesLayer {
		err = packageEntries(objects, l.Paths, add)
	} else {
		err = storeEntries(objects, l.Paths, owner, add)
	}
	if err != nil {
		return err
	}
	if err := t.close(); err != nil {
		return err
	}
	if l.Size > 0 && t.size != l.Size {
		return fmt.Errorf("a layer has %d bytes and had %d when the image was built: its store paths were changed; 'berth store verify' finds which", t.size, l.Size)
	}
	return nil
}

// writeBlob copies a layer that is kept as it is.
func writeBlob(w io.Writer, objects Objects, b *Blob) error {
	f, err := os.Open(objects.Physical(b.File))
	if err != nil {
		return fmt.Errorf("reading a layer: %w", err)
	}
	defer f.Close()
	if s, ok := w.(*sink); ok {
		return s.takeRange(f, b.Offset, b.Size)
	}
	n, err := io.Copy(w, io.NewSectionReader(f, b.Offset, b.Size))
	if err == nil && n != b.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("copying a layer: %w", err)
	}
	return nil
}
