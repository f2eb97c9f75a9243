package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"berth.dev/nix/flake"
)

const commitHash = "0123456789abcdef0123456789abcdef01234567"

// forgeServer answers as GitHub, GitLab and SourceHut do, each below a path
// that is its host, and wants a token for the owner "secret".
func forgeServer(t *testing.T, archive []byte, requests *atomic.Int32) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if strings.Contains(r.URL.Path, "/secret/") && r.Header.Get("Authorization") != "token t0ken" {
			http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
			return
		}
		switch p := r.URL.EscapedPath(); {
		case p == "/api.github.com/repos/o/r/commits/HEAD", p == "/api.github.com/repos/o/r/commits/dev",
			p == "/api.github.com/repos/secret/r/commits/HEAD", p == "/ghe.example/api/v3/repos/o/r/commits/HEAD":
			fmt.Fprintf(w, `{"sha":%q,"commit":{}}`, commitHash)
		case p == "/gitlab.com/api/v4/projects/g%2Fsub%2Fr/repository/commits" && r.URL.Query().Get("ref_name") == "HEAD":
			fmt.Fprintf(w, `[{"id":%q}]`, commitHash)
		case strings.HasPrefix(p, "/gitlab.com/") && strings.HasSuffix(p, "/commits"):
			io.WriteString(w, `[]`)
		case p == "/git.sr.ht/~u/r/HEAD":
			io.WriteString(w, "ref: refs/heads/trunk\n")
		case p == "/git.sr.ht/~u/r/info/refs":
			fmt.Fprintf(w, "%s\trefs/heads/other\n%s\trefs/heads/trunk\n", strings.Repeat("f", 40), commitHash)
		case p == "/github.com/o/r/archive/"+commitHash+".tar.gz",
			p == "/api.github.com/repos/secret/r/tarball/"+commitHash,
			p == "/ghe.example/o/r/archive/"+commitHash+".tar.gz",
			p == "/git.sr.ht/~u/r/archive/"+commitHash+".tar.gz",
			p == "/gitlab.com/api/v4/projects/g%2Fsub%2Fr/repository/archive.tar.gz" && r.URL.Query().Get("sha") == commitHash:
			w.Write(archive)
		default:
			http.NotFound(w, r)
		}
	})
}

func TestForges(t *testing.T) {
	archive := gzipped(t, tarOf(t, file("r-0123456/flake.nix", "{ }")))
	var requests atomic.Int32
	url := forgeServer(t, archive, &requests)
	tests := map[string]struct {
		want string // locked reference, or part of an error
		// requests is how many a first and a second fetch need.
		first, second int32
	}{
		"github:o/r":                            {"github:o/r/" + commitHash, 2, 0},
		"github:o/r/dev":                        {"github:o/r/" + commitHash, 2, 0},
		"github:o/r/" + commitHash:              {"github:o/r/" + commitHash, 1, 0},
		"github:o/r?host=ghe.example":           {"github:o/r/" + commitHash + "?host=ghe.example", 2, 0},
		"github:secret/r":                       {"github:secret/r/" + commitHash, 2, 0},
		"gitlab:g%2Fsub/r":                      {"gitlab:g%2Fsub/r/" + commitHash, 2, 0},
		"sourcehut:~u/r":                        {"sourcehut:~u/r/" + commitHash, 3, 0},
		"sourcehut:~u/r/trunk":                  {"sourcehut:~u/r/" + commitHash, 2, 0},
		"github:o/gone":                         {"HTTP error 404", 1, 1},
		"github:o/r/nope":                       {"HTTP error 404", 1, 1},
		"gitlab:g%2Fsub/r/nope":                 {"does the branch exist?", 1, 1},
		"sourcehut:~u/r/nope":                   {"no branch or tag 'nope'", 1, 1},
		"github:o/r?dir=sub":                    {"github:o/r/" + commitHash + "?dir=sub", 2, 0},
		"github:o/r/" + strings.Repeat("e", 40): {"HTTP error 404", 1, 1},
	}
	for text, tt := range tests {
		t.Run(text, func(t *testing.T) {
			ref, err := flake.ParseReference(text, "")
			if err != nil {
				t.Fatal(err)
			}
			f := newFetcher(t, func(c *Config) {
				c.Forge = func(host string) string { return url + "/" + host }
				c.Tokens = map[string]string{}
				if ref["owner"] == "secret" {
					c.Tokens["github.com"] = "t0ken"
				}
			})
			for i, want := range []int32{tt.first, tt.second} {
				requests.Store(0)
				source, err := f.Fetch(context.Background(), ref)
				got := fmt.Sprint(err)
				if err == nil {
					narHash := "&narHash="
					got, _, _ = strings.Cut(strings.ReplaceAll(source.Locked.String(), "?narHash=", narHash), narHash)
					if tree(t, source)["flake.nix"] != "{ }" || source.Locked["lastModified"] != "1600000000" {
						t.Errorf("got %v of %v", tree(t, source), source.Locked)
					}
				}
				if !strings.Contains(got, tt.want) {
					t.Errorf("got %s, want %s", got, tt.want)
				}
				if n := requests.Load(); n != want {
					t.Errorf("time %d: %d requests, want %d", i+1, n, want)
				}
			}
		})
	}
}

// TestTokensStayWithTheirHost redirects a request with a token to another host.
func TestTokensStayWithTheirHost(t *testing.T) {
	archive := gzipped(t, tarOf(t, file("r/flake.nix", "{ }")))
	leaked := ""
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		leaked += r.Header.Get("Authorization") + r.Header.Get("Private-Token")
		w.Write(archive)
	})
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Private-Token") != "s3cret" {
			http.Error(w, "no token", http.StatusForbidden)
			return
		}
		http.Redirect(w, r, other, http.StatusFound)
	})
	f := newFetcher(t, func(c *Config) {
		c.Forge = func(string) string { return first }
		c.Tokens = map[string]string{"gitlab.com": "PAT:s3cret"}
	})
	ref := flake.Reference{"type": flake.TypeGitLab, "owner": "o", "repo": "r", "rev": commitHash}
	if _, err := f.Fetch(context.Background(), ref); err != nil {
		t.Fatal(err)
	}
	if leaked != "" {
		t.Errorf("another host was told %q", leaked)
	}
}
