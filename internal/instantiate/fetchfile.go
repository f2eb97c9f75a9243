package instantiate

import (
	"fmt"
	"path"
	"strings"

	"berth.dev/internal/fetch"
	"berth.dev/nix/eval"
	"berth.dev/nix/flake"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// download is what fetchurl and fetchTarball are asked for.
type download struct {
	url, name string
	want      hash.Hash // zero if anything will do
}

// fetchFile carries out fetchurl and fetchTarball. Their value is a store path.
func (f fetcher) fetchFile(ev *eval.Evaluator, builtin string, argument *eval.Value) (*eval.Value, error) {
	d, err := f.readDownload(ev, builtin, argument)
	if err != nil {
		return nil, err
	}
	if f.session.pure && d.want.IsZero() {
		return nil, fmt.Errorf("in pure evaluation mode, '%s' requires a 'sha256' argument", builtin)
	}
	var mount *Mount
	if builtin == "fetchTarball" {
		mount, err = f.downloadTree(d)
	} else {
		mount, err = f.downloadFile(d)
	}
	if err != nil {
		return nil, err
	}
	place := f.session.Mounts.add(mount).Path.String()
	context := eval.NewContext(eval.ContextElement{Kind: eval.ContextPath, Path: place})
	return eval.NewContextString(place, context), nil
}

func (f fetcher) readDownload(ev *eval.Evaluator, builtin string, argument *eval.Value) (d download, err error) {
	if err := ev.Force(argument); err != nil {
		return d, err
	}
	if argument.Kind() != eval.KindAttrs {
		d.url, _, err = ev.String(argument)
		if err != nil {
			return d, err
		}
	} else if err := f.readDownloadAttributes(ev, builtin, argument, &d); err != nil {
		return d, err
	}
	if channel, ok := strings.CutPrefix(d.url, "channel:"); ok && builtin == "fetchTarball" {
		d.url = "https://channels.nixos.org/" + channel + "/nixexprs.tar.xz"
	}
	switch {
	case d.name != "":
	case builtin == "fetchTarball":
		d.name = sourceName
	default:
		d.name = path.Base(d.url)
	}
	if err := storepath.CheckName(d.name); err != nil {
		return d, fmt.Errorf("invalid store path name when fetching URL '%s': %w; set the 'name' attribute to one that is valid", d.url, err)
	}
	return d, nil
}

func (f fetcher) readDownloadAttributes(ev *eval.Evaluator, builtin string, argument *eval.Value, d *download) error {
	for _, attr := range ev.Attrs(argument) {
		text, _, err := "", (*eval.Context)(nil), error(nil)
		switch attr.Name {
		case "url", "name", "sha256":
			text, _, err = ev.String(attr.Value)
		default:
			err = fmt.Errorf("unsupported argument '%s' to '%s'", attr.Name, builtin)
		}
		if err != nil {
			return err
		}
		switch attr.Name {
		case "url":
			d.url = text
		case "name":
			d.name = text
		case "sha256":
			if d.want, err = f.wanted(text); err != nil {
				return err
			}
		}
	}
	if d.url == "" {
		return fmt.Errorf("'url' argument required")
	}
	return nil
}

// wanted reads a hash; an empty one stands for a hash that nothing has, to be
// told the right one.
func (f fetcher) wanted(text string) (hash.Hash, error) {
	if text != "" {
		return hash.Parse(text, hash.SHA256)
	}
	none := hash.Zero(hash.SHA256)
	f.session.sources.Notice(fmt.Sprintf("found empty hash, assuming '%s'", none.SRI()))
	return none, nil
}

func (f fetcher) downloadTree(d download) (*Mount, error) {
	source, ok := f.cached(d)
	if !ok {
		var err error
		source, err = f.session.sources.Fetch.Fetch(f.ctx, flake.Reference{"type": flake.TypeTarball, "url": d.url})
		if err != nil {
			return nil, err
		}
	}
	if err := d.verify(source.Digest); err != nil {
		return nil, err
	}
	return mountOf(d.name, source.FS, source.Digest, "")
}

func (f fetcher) cached(d download) (*fetch.Source, bool) {
	if d.want.IsZero() {
		return nil, false
	}
	return f.session.sources.Fetch.Cached(d.want)
}

func (f fetcher) downloadFile(d download) (*Mount, error) {
	source, flat, err := f.session.sources.Fetch.File(f.ctx, d.url, d.want)
	if err != nil {
		return nil, err
	}
	if err := d.verify(flat); err != nil {
		return nil, err
	}
	return mountOfFile(d.name, source.FS, flat, "")
}

func (d download) verify(got hash.Hash) error {
	if d.want.IsZero() || d.want == got {
		return nil
	}
	return fmt.Errorf("hash mismatch in file downloaded from '%s':\n  specified: %s\n  got:       %s", d.url, nix32(d.want), nix32(got))
}

func nix32(h hash.Hash) string { return "sha256:" + h.Nix32() }
