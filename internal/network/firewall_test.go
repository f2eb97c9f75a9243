package network

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"berth.dev/internal/description"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// firewallCase is the content of a testdata/*.json file.
type firewallCase struct {
	Firewall description.Firewall `json:"firewall"`
	NAT      *description.NAT     `json:"nat"`
}

func readCases(t *testing.T) map[string]firewallCase {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases found", err)
	}
	cases := map[string]firewallCase{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c firewallCase
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(file, err)
		}
		cases[file[:len(file)-len(".json")]] = c
	}
	return cases
}

func TestRulesText(t *testing.T) {
	for name, c := range readCases(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			r, err := Rules(&c.Firewall, c.NAT)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if r != nil {
				got = r.String()
			}
			golden := name + ".nft"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("rules differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRulesRefuseNonsense(t *testing.T) {
	for _, f := range []description.Firewall{
		{Enable: true, CheckReversePath: "sometimes"},
		{Enable: true, AllowPing: true, PingLimit: "often"},
		{Enable: true, AllowPing: true, PingLimit: "2/fortnight"},
		{Enable: true, AllowPing: true, PingLimit: "2/second burst"},
	} {
		if _, err := Rules(&f, nil); err == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
}
