package system

import (
	"testing"

	"berth.dev/internal/debian"
	"berth.dev/nix/derivation"
)

func TestMakePart(t *testing.T) {
	record := debian.Record{
		Name: "libx", Version: "1:2~3", Path: "pool/main/libx/libx_2~3_amd64.deb", Size: 7,
		SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	}
	p, err := MakePart(&derivation.Hashes{}, record, "x86_64-linux")
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Fetch.Outputs[0].Path.Name(); got != "libx_2_3_amd64.deb" {
		t.Errorf("the fetched file is called %s", got)
	}
	if p.Output.Name() != "libx_2_3_amd64" || p.UnpackPath.Name() != "libx_2_3_amd64.drv" {
		t.Errorf("the part is %s, made by %s", p.Output, p.UnpackPath)
	}
	src, _ := p.Unpack.Get("src")
	if src != p.Fetch.Outputs[0].Path.String() {
		t.Errorf("src is %q", src)
	}
	record.SHA256 = "short"
	if _, err := MakePart(&derivation.Hashes{}, record, "x86_64-linux"); err == nil {
		t.Error("a malformed digest was accepted")
	}
}
