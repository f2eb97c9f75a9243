package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// WriteArchive writes a docker archive: layers, then the configuration, then
// the manifest. The content of the lowest layers may be left out; an engine
// takes such an archive when it has an image with the same layers below.
func (b *Built) WriteArchive(ctx context.Context, w io.Writer, without int, progress func(done, total int64)) error {
	mtime, err := date(b.Plan.Owner.Mtime, b.options.Time)
	if err != nil {
		return err
	}
	t := newTarWriter(w, Owner{User: "root", Group: "root"}, mtime)
	manifest := archiveManifest{Config: b.ID.Hex + ".json", RepoTags: []string{b.Tag}}
	written := map[v1.Hash]bool{}
	done, total := int64(0), b.Size()
	for i := range b.Layers {
		l := &b.Layers[i]
		manifest.Layers = append(manifest.Layers, l.DiffID.Hex+"/layer.tar")
		if !written[l.DiffID] && i >= without {
			if err := b.archiveLayer(ctx, t, l); err != nil {
				return err
			}
		}
		written[l.DiffID] = true
		done += l.Size
		if progress != nil {
			progress(done, total)
		}
	}
	text, err := json.Marshal([]archiveManifest{manifest})
	if err != nil {
		return err
	}
	for _, document := range []entry{document(manifest.Config, b.Config), document("manifest.json", text)} {
		if err := t.add(document); err != nil {
			return err
		}
	}
	return t.close()
}

func document(name string, text []byte) entry {
	return entry{name: name, kind: tar.TypeReg, mode: 0o644, size: int64(len(text)), text: text}
}

// archiveLayer writes a layer as a member. Its size is known, so that it can be
// passed on while it is made.
func (b *Built) archiveLayer(ctx context.Context, t *tarWriter, l *Layer) error {
	header := entry{name: l.DiffID.Hex + "/layer.tar", kind: tar.TypeReg, mode: 0o644, size: l.Size}
	if err := t.header(header); err != nil {
		return err
	}
	if err := t.flush(); err != nil {
		return fmt.Errorf("writing the archive: %w", err)
	}
	if err := b.writeLayer(ctx, t.to, l); err != nil {
		return err
	}
	return t.gather(zeros[:blockPadding(l.Size)])
}
