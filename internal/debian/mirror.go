package debian

import (
	"strings"
	"time"
)

// Public places, used after those that the caller or the host names.
const (
	publicMain     = "https://ftp.debian.org/debian"
	publicSecurity = "https://security.debian.org/debian-security"
	snapshotRoot   = "https://snapshot.debian.org/archive"
)

// mirrors are the base addresses of the two archives of Debian, the preferred
// first.
type mirrors struct {
	Main     []string `json:"main"`
	Security []string `json:"security"`
}

// candidateMirrors orders the places where the archives may be: those the
// caller named (separated by spaces), else those of the host's apt
// configuration and then the public ones. A named mirror of the main archive
// stands alone; the security archive is also sought beside it.
func candidateMirrors(named, aptDir, listsDir string) mirrors {
	host := hostMirrors(aptDir, listsDir)
	host.Main = append(host.Main, publicMain)
	host.Security = append(host.Security, publicSecurity)
	if named == "" {
		return host.distinct()
	}
	var m mirrors
	for base := range strings.FieldsSeq(named) {
		base = strings.TrimRight(base, "/")
		if strings.HasSuffix(base, "security") {
			m.Security = append(m.Security, base)
			continue
		}
		m.Main = append(m.Main, base)
		m.Security = append(m.Security, base+"-security")
	}
	if len(m.Main) == 0 {
		m.Main = host.Main
	}
	m.Security = append(m.Security, host.Security...)
	return m.distinct()
}

// distinct drops repeated addresses.
func (m mirrors) distinct() mirrors {
	return mirrors{distinct(m.Main), distinct(m.Security)}
}

func distinct(list []string) []string {
	seen := map[string]bool{}
	var result []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			result = append(result, s)
		}
	}
	return result
}

// forSuite returns the candidates for a suite.
func (m mirrors) forSuite(suite string) []string {
	if strings.HasSuffix(suite, "-security") {
		return m.Security
	}
	return m.Main
}

// preferred returns m with the mirrors that served before in front.
func (m mirrors) preferred(before mirrors) mirrors {
	return mirrors{append(before.Main, m.Main...), append(before.Security, m.Security...)}.distinct()
}

// poolAddresses lists where a pool path may be fetched: the mirrors, then the
// snapshot archive as it stood shortly after each date.
func (m mirrors) poolAddresses(path, snapshot string, dates []time.Time) []string {
	bases, archive := m.Main, "debian"
	if strings.HasPrefix(path, "pool/updates/") {
		bases, archive = m.Security, "debian-security"
	}
	var addresses []string
	for _, base := range bases {
		addresses = append(addresses, base+"/"+escapePath(path))
	}
	for _, date := range dates {
		// The archive is copied some hours after an index was signed.
		stamp := date.UTC().Add(6 * time.Hour).Format("20060102T150405Z")
		addresses = append(addresses, snapshot+"/"+archive+"/"+stamp+"/"+escapePath(path))
	}
	return distinct(addresses)
}

// escapePath quotes the characters of pool paths that have a meaning in an
// address.
func escapePath(path string) string {
	return strings.NewReplacer("%", "%25", "+", "%2B", "~", "~", ":", "%3A", "?", "%3F", "#", "%23").Replace(path)
}

// SuitesOf returns the suites that belong together under a release name: with
// its updates and security fixes, except for the rolling ones.
func SuitesOf(release string) []string {
	switch release {
	case "sid", "unstable":
		return []string{release}
	}
	return []string{release, release + "-updates", release + "-security"}
}
