package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"berth.dev/nix/flake"
)

// A forge is a place of repositories that hands out archives of commits.
type forge struct {
	host string // unless the reference names one
	// head asks which commit a branch is at.
	head func(f *Fetcher, ctx context.Context, ref flake.Reference, base string) (string, error)
	// archive returns the URL of a commit's archive.
	archive func(ref flake.Reference, base, rev string, token bool) string
	// authorize adds a token to a request.
	authorize func(header http.Header, token string)
}

// forges has an entry for each type of reference that names a repository of a
// forge.
func forges() map[string]forge {
	return map[string]forge{
		flake.TypeGitHub: {
			host: "github.com", head: (*Fetcher).gitHubHead, archive: gitHubArchive,
			authorize: func(h http.Header, token string) { h.Set("Authorization", "token "+token) },
		},
		flake.TypeGitLab:    {host: "gitlab.com", head: (*Fetcher).gitLabHead, archive: gitLabArchive, authorize: authorizeGitLab},
		flake.TypeSourceHut: {host: "git.sr.ht", head: (*Fetcher).sourceHutHead, archive: sourceHutArchive, authorize: authorizeBearer},
	}
}

// forge takes a commit of a repository as an archive.
func (f *Fetcher) forge(ctx context.Context, ref flake.Reference) (*Source, error) {
	kind := forges()[ref.Type()]
	host := kind.host
	if ref["host"] != "" {
		host = ref["host"]
	}
	rev := ref["rev"]
	if rev != "" && ref["ref"] != "" {
		return nil, fmt.Errorf("the reference '%s' has both a branch and a commit hash; name one of them", ref)
	}
	if rev == "" {
		var err error
		if rev, err = f.forgeHead(ctx, kind, ref, host); err != nil {
			return nil, err
		}
	}
	full := ref.Without("ref", "narHash", "lastModified").With("rev", rev)
	question := []string{"forge", ref.Type(), host, ref["owner"], ref["repo"], rev}
	if a, ok := f.cache.ask(question...); ok {
		if source, ok := f.cache.answered(a, ref); ok {
			return source, nil
		}
	}
	if f.Offline {
		return nil, offlineError(full)
	}
	return f.forgeArchive(ctx, kind, full, host, question)
}

// forgeHead returns the commit of a branch, from the cache if it was asked for
// recently.
func (f *Fetcher) forgeHead(ctx context.Context, kind forge, ref flake.Reference, host string) (string, error) {
	question := []string{"forge-head", ref.Type(), host, ref["owner"], ref["repo"], ref["ref"]}
	if a, ok := f.cache.ask(question...); ok && (f.Offline || !f.Refresh && f.cache.recent(a)) {
		return a.Reference["rev"], nil
	}
	if f.Offline {
		return "", offlineError(ref)
	}
	rev, err := kind.head(f, ctx, ref, f.base(kind, host, true))
	if err != nil {
		return "", fmt.Errorf("finding the commit of '%s': %w", ref, err)
	}
	if !revisionPattern.MatchString(rev) {
		return "", fmt.Errorf("finding the commit of '%s': the forge answered '%.80s'", ref, rev)
	}
	return rev, f.cache.note(flake.Reference{"rev": rev}, "", question...)
}

// base returns the start of a forge's URLs; GitHub itself has another host for
// questions.
func (f *Fetcher) base(kind forge, host string, question bool) string {
	if kind.host == "github.com" && question {
		if host == kind.host {
			return f.Forge("api.github.com")
		}
		return f.Forge(host) + "/api/v3"
	}
	return f.Forge(host)
}

func (f *Fetcher) forgeArchive(ctx context.Context, kind forge, full flake.Reference, host string, question []string) (*Source, error) {
	token := f.Tokens[host]
	hasToken := token != "" && kind.host == "github.com"
	address := kind.archive(full, f.base(kind, host, hasToken), full["rev"], hasToken)
	dir, err := f.cache.incoming()
	if err != nil {
		return nil, err
	}
	defer removeTree(dir)
	got, err := f.download(ctx, address, f.forgeHeader(kind, token), dir)
	if err != nil {
		return nil, err
	}
	source, err := f.build(func(b *builder) error { return b.unpack(got.file) })
	if err != nil {
		return nil, fmt.Errorf("'%s': %w", full, err)
	}
	modified, _ := strconv.ParseInt(source.Locked["lastModified"], 10, 64)
	source.Locked = locked(full, source.Digest, modified)
	return source, f.cache.note(source.Locked, "", question...)
}

func (f *Fetcher) forgeHeader(kind forge, token string) http.Header {
	header := http.Header{}
	if token != "" {
		kind.authorize(header, token)
	}
	return header
}

func authorizeBearer(h http.Header, token string) { h.Set("Authorization", "Bearer "+token) }

// authorizeGitLab sends a token as its kind demands: "OAuth2:x" or "PAT:x".
func authorizeGitLab(h http.Header, token string) {
	switch kind, secret, _ := strings.Cut(token, ":"); kind {
	case "OAuth2":
		authorizeBearer(h, secret)
	case "PAT":
		h.Set("Private-Token", secret)
	default:
		authorizeBearer(h, token)
	}
}

// maxAnswer bounds the answers to questions about repositories.
const maxAnswer = 16 << 20

// question asks a forge something and returns the text of the answer.
func (f *Fetcher) question(ctx context.Context, ref flake.Reference, address string) ([]byte, error) {
	dir, err := f.cache.incoming()
	if err != nil {
		return nil, err
	}
	defer removeTree(dir)
	kind := forges()[ref.Type()]
	host := kind.host
	if ref["host"] != "" {
		host = ref["host"]
	}
	got, err := f.download(ctx, address, f.forgeHeader(kind, f.Tokens[host]), dir)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(got.file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxAnswer {
		return nil, errors.New("the forge's answer is too long")
	}
	return os.ReadFile(got.file)
}

func branchOf(ref flake.Reference) string {
	if ref["ref"] == "" {
		return "HEAD"
	}
	return ref["ref"]
}

func (f *Fetcher) gitHubHead(ctx context.Context, ref flake.Reference, base string) (string, error) {
	text, err := f.question(ctx, ref, fmt.Sprintf("%s/repos/%s/%s/commits/%s", base, ref["owner"], ref["repo"], branchOf(ref)))
	if err != nil {
		return "", err
	}
	var commit struct{ SHA string }
	if err := json.Unmarshal(text, &commit); err != nil {
		return "", fmt.Errorf("the answer is not that of GitHub: %w", err)
	}
	return commit.SHA, nil
}

func gitHubArchive(ref flake.Reference, base, rev string, token bool) string {
	if token {
		return fmt.Sprintf("%s/repos/%s/%s/tarball/%s", base, ref["owner"], ref["repo"], rev)
	}
	return fmt.Sprintf("%s/%s/%s/archive/%s.tar.gz", base, ref["owner"], ref["repo"], rev)
}

// gitLabProject is how GitLab's interface names a repository.
func gitLabProject(ref flake.Reference, base string) string {
	return base + "/api/v4/projects/" + url.PathEscape(ref["owner"]+"/"+ref["repo"]) + "/repository"
}

func (f *Fetcher) gitLabHead(ctx context.Context, ref flake.Reference, base string) (string, error) {
	text, err := f.question(ctx, ref, gitLabProject(ref, base)+"/commits?ref_name="+url.QueryEscape(branchOf(ref)))
	if err != nil {
		return "", err
	}
	var commits []struct{ ID string }
	if err := json.Unmarshal(text, &commits); err != nil {
		return "", fmt.Errorf("the answer is not that of GitLab: %w", err)
	}
	if len(commits) == 0 {
		return "", errors.New("no commits returned by the forge: does the branch exist?")
	}
	return commits[0].ID, nil
}

func gitLabArchive(ref flake.Reference, base, rev string, _ bool) string {
	return gitLabProject(ref, base) + "/archive.tar.gz?sha=" + rev
}

// sourceHutHead reads the list of branches of a repository, as Git's plain
// HTTP transport has it.
func (f *Fetcher) sourceHutHead(ctx context.Context, ref flake.Reference, base string) (string, error) {
	repository := base + "/" + ref["owner"] + "/" + ref["repo"]
	branch := ref["ref"]
	if branch == "" {
		text, err := f.question(ctx, ref, repository+"/HEAD")
		if err != nil {
			return "", err
		}
		target, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "ref: ")
		if !ok {
			return "", errors.New("the repository does not say which branch its HEAD is")
		}
		branch = target
	}
	text, err := f.question(ctx, ref, repository+"/info/refs")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		rev, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name == branch || name == "refs/heads/"+branch || name == "refs/tags/"+branch {
			return rev, nil
		}
	}
	return "", fmt.Errorf("the repository has no branch or tag '%s'", branch)
}

func sourceHutArchive(ref flake.Reference, base, rev string, _ bool) string {
	return fmt.Sprintf("%s/%s/%s/archive/%s.tar.gz", base, ref["owner"], ref["repo"], rev)
}
