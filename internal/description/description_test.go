package description

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const small = `{"version":1,"name":"server","platform":"x86_64-linux","network":{"hostName":"server"},"firewall":{"enable":true,"allowPing":true,"allowedTCPPorts":[80]},"resources":{}`

func TestDecodeSystem(t *testing.T) {
	s, err := DecodeSystem([]byte(small+`}`), "server.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{80}, s.Firewall.AllowedTCPPorts); diff != "" {
		t.Error(diff)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeSystem(text, "again")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, again); diff != "" {
		t.Errorf("what is written is read differently:\n%s", diff)
	}
}

func TestDecodeSystemErrors(t *testing.T) {
	for text, want := range map[string]string{
		small + `,"colour":1}`:                 `unknown field "colour"`,
		small + `}}`:                           "text behind its end",
		"{\n\"version\": x}":                   "line 2",
		`{"version":7}`:                        "schema version 7",
		small + `,"units":{"a b.service":{}}}`: "not the name of a unit",
		small + `,"units":{"a.service":{"text":"x","sections":{"Unit":{}}}}}`:        "both text and sections",
		small + `,"etc":{"../shadow":{"text":"x"}}}`:                                 "not a path below /etc",
		small + `,"etc":{"a":{"text":"x","source":"/y"}}}`:                           "either a source or a text",
		small + `,"users":{"-x":{"group":"a","home":"/"}}}`:                          "not a name for an account",
		small + `,"containers":{"a_b":{"system":"/x"}}}`:                             "letters, digits",
		small + `,"containers":{"a":{"system":"/x","link":{"localAddress":"1.2"}}}}`: "not an address",
		strings.Replace(small, "[80]", "[99999]", 1) + `}`:                           "99999 is not a port",
		strings.Replace(small, `"hostName":"server"`, `"hostName":"a.b"`, 1) + `}`:   "not a host name",
	} {
		_, err := DecodeSystem([]byte(text), "x.json")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "x.json") {
			t.Errorf("%s:\ngot %v, want %q", text, err, want)
		}
	}
}

func TestDecodeTest(t *testing.T) {
	good := `{"version":1,"name":"t","script":"pass","machines":{"a":{"description":` + small + `}}}}`
	if _, err := DecodeTest([]byte(good), "t.json"); err != nil {
		t.Error(err)
	}
	bad := strings.Replace(good, `"name":"server"`, `"name":"/"`, 1)
	if _, err := DecodeTest([]byte(bad), "t.json"); err == nil || !strings.Contains(err.Error(), "machine a: name") {
		t.Errorf("got %v", err)
	}
}
