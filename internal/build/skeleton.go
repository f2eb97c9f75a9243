package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// furnishSkeleton makes the directory that lies over the parts, or is the whole
// root: the places of mounts, links for the merged /usr, and a small /etc.
func (s *sandbox) furnishSkeleton() error {
	skeleton := s.dir("skeleton")
	for _, dir := range []string{"dev", "proc", "tmp", "etc", "nix/store", buildDir} {
		if err := os.MkdirAll(filepath.Join(skeleton, dir), 0o755); err != nil {
			return err
		}
	}
	if len(s.parts) > 0 {
		for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
			if err := os.Symlink("usr/"+dir, filepath.Join(skeleton, dir)); err != nil {
				return err
			}
		}
		if err := s.addShell(); err != nil {
			return err
		}
	}
	files := map[string]string{
		"etc/passwd": fmt.Sprintf("root:x:0:0:Nix build user:/build:/noshell\nnixbld:x:%d:%d:Nix build user:/build:/noshell\nnobody:x:65534:65534:Nobody:/:/noshell\n", buildUID, buildGID),
		"etc/group":  fmt.Sprintf("root:x:0:\nnixbld:!:%d:\nnogroup:x:65534:\n", buildGID),
		"etc/hosts":  "127.0.0.1 localhost\n::1 localhost\n",
	}
	if s.drv.IsFixed() {
		if err := s.addNetworkFiles(files); err != nil {
			return err
		}
	}
	for name, text := range files {
		place := filepath.Join(skeleton, name)
		if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(place, []byte(text), 0o444); err != nil {
			return err
		}
	}
	return nil
}

// addShell makes bash /bin/sh where no part brings one: the package that does is
// essential in Debian, so nobody depends on it, and many programs start it.
func (s *sandbox) addShell() error {
	bash := false
	for _, part := range s.parts {
		if _, err := os.Lstat(filepath.Join(part, "usr/bin/sh")); err == nil {
			return nil
		}
		if _, err := os.Lstat(filepath.Join(part, "usr/bin/bash")); err == nil {
			bash = true
		}
	}
	if !bash {
		return nil
	}
	dir := filepath.Join(s.dir("skeleton"), "usr/bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.Symlink("bash", filepath.Join(dir, "sh"))
}

// certificateBundle is where programs of Debian look for certificates.
const certificateBundle = "etc/ssl/certs/ca-certificates.crt"

// addNetworkFiles gives a fetching builder the host's way of finding names.
func (s *sandbox) addNetworkFiles(files map[string]string) error {
	for _, name := range []string{"etc/resolv.conf", "etc/services", "etc/hosts"} {
		text, err := os.ReadFile("/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		files[name] = string(text)
	}
	files["etc/nsswitch.conf"] = "hosts: files dns\nservices: files\n"
	bundle, err := s.certificates()
	if bundle != "" {
		files[certificateBundle] = bundle
	}
	return err
}

// certificates joins the certificates that a part brings; Debian's package does
// so in a script when it is installed.
func (s *sandbox) certificates() (string, error) {
	var bundle []byte
	for _, part := range s.parts {
		names, err := filepath.Glob(filepath.Join(part, "usr/share/ca-certificates/mozilla/*.crt"))
		if err != nil {
			return "", err
		}
		slices.Sort(names)
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return "", err
			}
			bundle = append(bundle, text...)
		}
	}
	return string(bundle), nil
}
