package root

import (
	"fmt"
	"os"
	"path/filepath"

	"berth.dev/internal/debian"
)

// specials copies the files and directories whose owner or mode a store
// cannot keep. They are copied and never linked: changing the mode of a link
// would change the store.
func (t *tree) specials(v *view) error {
	for _, p := range v.parts {
		for _, s := range p.manifest.Special {
			if err := t.special(p, s); err != nil {
				return fmt.Errorf("package %s: %w", p.manifest.Name, err)
			}
		}
	}
	return nil
}

func (t *tree) special(p part, s debian.Special) error {
	mode, who := unixMode(uint32(s.Mode)), owner{s.UID, s.GID}
	if s.Directory {
		return t.directory(s.Path, mode, who)
	}
	return t.copyFile(s.Path, filepath.Join(p.tree, s.Path), mode, who)
}

// certificates writes the bundle of trusted certificate authorities where
// OpenSSL, GnuTLS and NixOS programs look, and a link to each.
func (t *tree) certificates(v *view) error {
	const dir = "usr/share/ca-certificates/mozilla"
	var bundle []byte
	for _, m := range v.glob(dir + "/*.crt") {
		text, err := os.ReadFile(m.physical)
		if err != nil {
			return fmt.Errorf("read certificate: %w", err)
		}
		bundle = append(bundle, text...)
		if len(text) > 0 && text[len(text)-1] != '\n' {
			bundle = append(bundle, '\n')
		}
		base := filepath.Base(m.name)
		if err := t.link("etc/ssl/certs/"+base[:len(base)-len(".crt")]+".pem", "/"+m.name); err != nil {
			return err
		}
	}
	if bundle == nil {
		return nil
	}
	if err := t.file("etc/ssl/certs/ca-certificates.crt", string(bundle), 0o644, owner{}); err != nil {
		return err
	}
	return t.link("etc/ssl/certs/ca-bundle.crt", "ca-certificates.crt")
}
