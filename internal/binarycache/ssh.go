package binarycache

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"strings"
	"sync"

	"berth.dev/internal/store"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// The protocol of `nix-store --serve`, which stores behind ssh speak: numbers
// have eight bytes, little end first; texts begin with their length and are
// filled up to a multiple of eight.
const (
	serveMagic      = 0x390c9deb
	serveAnswer     = 0x5452eecb
	serveVersion    = 2<<8 | 5
	maxServeText    = 1 << 24
	queryValidPaths = 1
	queryPathInfos  = 2
	dumpStorePath   = 3
	addToStoreNAR   = 9
)

// Remote is a store behind ssh.
type Remote struct {
	address string
	cmd     *exec.Cmd
	in      io.WriteCloser
	to      *bufio.Writer
	from    *bufio.Reader

	turn chan struct{} // holds one token: requests come one after the other
	stop sync.Once
}

// RemoteCommand returns the command that reaches ssh://[user@]host[:port]; what
// stands behind "?" as remote-program= is started there.
func RemoteCommand(address string) ([]string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "ssh" || u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-") {
		return nil, fmt.Errorf("'%s' is no address of a store behind ssh; it looks like ssh://user@host", address)
	}
	command := []string{"ssh", "-x", "-T"}
	if u.Port() != "" {
		command = append(command, "-p", u.Port())
	}
	host := u.Hostname()
	if user := u.User.Username(); user != "" && !strings.HasPrefix(user, "-") {
		host = user + "@" + host
	}
	program := u.Query().Get("remote-program")
	if program == "" {
		program = "nix-store"
	}
	return append(command, host, "--", program, "--serve", "--write"), nil
}

// OpenRemote starts a command whose standard streams speak the protocol.
func OpenRemote(ctx context.Context, address string, command []string, stderr io.Writer) (*Remote, error) {
	r := &Remote{address: address, cmd: exec.CommandContext(ctx, command[0], command[1:]...), turn: make(chan struct{}, 1)}
	r.cmd.Stderr = stderr
	var err error
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("reaching '%s': %w", address, err)
	}
	r.to, r.from = bufio.NewWriterSize(r.in, 64<<10), bufio.NewReaderSize(out, 64<<10)
	if err := r.greet(); err != nil {
		return nil, errors.Join(fmt.Errorf("reaching '%s': %w", address, err), r.Close())
	}
	r.turn <- struct{}{}
	return r, nil
}

func (r *Remote) greet() error {
	r.number(serveMagic)
	r.number(serveVersion)
	if err := r.to.Flush(); err != nil {
		return err
	}
	magic, err := r.readNumber()
	if err != nil {
		return err
	}
	version, err := r.readNumber()
	if err != nil {
		return err
	}
	if magic != serveAnswer || version>>8 != serveVersion>>8 || version&0xff < 5 {
		return fmt.Errorf("it speaks another protocol")
	}
	return nil
}

// Close ends the connection.
func (r *Remote) Close() (err error) {
	r.stop.Do(func() {
		err = errors.Join(r.in.Close(), r.cmd.Wait())
	})
	return err
}

// Name implements [Source] and [Target].
func (r *Remote) Name() string { return r.address }

func (r *Remote) take(ctx context.Context) error {
	select {
	case <-r.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Remote) release() { r.turn <- struct{}{} }

// Valid implements [Target].
func (r *Remote) Valid(ctx context.Context, wanted []storepath.Path) (map[storepath.Path]bool, error) {
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	defer r.release()
	r.number(queryValidPaths)
	r.number(0) // do not lock
	r.number(0) // do not substitute
	r.paths(wanted)
	if err := r.to.Flush(); err != nil {
		return nil, r.broken(err)
	}
	found, err := r.readPaths()
	if err != nil {
		return nil, r.broken(err)
	}
	valid := make(map[storepath.Path]bool, len(found))
	for _, p := range found {
		valid[p] = true
	}
	return valid, nil
}

func (r *Remote) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the connection ended")
	}
	return fmt.Errorf("'%s': %w", r.address, err)
}

// Query implements [Source].
func (r *Remote) Query(ctx context.Context, p storepath.Path) (*NARInfo, error) {
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	defer r.release()
	r.number(queryPathInfos)
	r.paths([]storepath.Path{p})
	if err := r.to.Flush(); err != nil {
		return nil, r.broken(err)
	}
	info, err := r.readInfos(p)
	if err != nil {
		return nil, r.broken(err)
	}
	if info == nil {
		return nil, fmt.Errorf("path '%s' in '%s': %w", p, r.address, ErrAbsent)
	}
	return info, nil
}

// readInfos reads answers until the empty one and returns that about a path.
func (r *Remote) readInfos(wanted storepath.Path) (*NARInfo, error) {
	var info *NARInfo
	for {
		text, err := r.readText()
		if err != nil || text == "" {
			return info, err
		}
		n := &NARInfo{Compression: "none"}
		if n.Path, err = storepath.Parse(text); err != nil {
			return nil, err
		}
		if err := r.readInfo(n); err != nil {
			return nil, err
		}
		if n.Path == wanted {
			info = n
		}
	}
}

func (r *Remote) readInfo(n *NARInfo) error {
	deriver, err := r.readText()
	if err == nil {
		err = n.Deriver.UnmarshalText([]byte(deriver))
	}
	if err != nil {
		return err
	}
	if n.References, err = r.readPaths(); err != nil {
		return err
	}
	if _, err = r.readNumber(); err != nil { // how much would be downloaded
		return err
	}
	size, err := r.readNumber()
	if err != nil {
		return err
	}
	n.NARSize = int64(size)
	digest, err := r.readText()
	if err != nil {
		return err
	}
	if n.NARHash, err = hash.Parse(digest, hash.SHA256); err != nil {
		return err
	}
	address, err := r.readText()
	if err != nil {
		return err
	}
	if n.Address, err = storepath.ParseAddress(address); err != nil {
		return err
	}
	n.Signatures, err = r.readTexts()
	return err
}

// Archive implements [Source]. The next request waits until all was read.
func (r *Remote) Archive(ctx context.Context, info *NARInfo) (io.ReadCloser, error) {
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	r.number(dumpStorePath)
	r.text(info.Path.String())
	if err := r.to.Flush(); err != nil {
		r.release()
		return nil, r.broken(err)
	}
	return &remoteArchive{remote: r, rest: info.NARSize}, nil
}

// remoteArchive reads exactly one archive and then lets the next request go.
type remoteArchive struct {
	remote *Remote
	rest   int64
	done   bool
}

func (a *remoteArchive) Read(p []byte) (int, error) {
	if a.rest == 0 {
		if !a.done {
			a.done = true
			a.remote.release()
		}
		return 0, io.EOF
	}
	n, err := a.remote.from.Read(p[:min(int64(len(p)), a.rest)])
	a.rest -= int64(n)
	return n, err
}

func (a *remoteArchive) Close() error {
	_, err := io.Copy(io.Discard, a)
	if !a.done {
		a.done = true
		a.remote.release()
	}
	return err
}

// Add implements [Target].
func (r *Remote) Add(ctx context.Context, info store.Info, archive io.Reader, ready func() error, _ func()) error {
	if err := ready(); err != nil { // before, because others need the connection
		return err
	}
	if err := r.take(ctx); err != nil {
		return err
	}
	defer r.release()
	r.number(addToStoreNAR)
	r.text(info.Path.String())
	r.text(info.Deriver.String())
	r.text(info.NARHash.Base16())
	r.paths(info.References)
	r.number(uint64(max(info.Registered.Unix(), 0)))
	r.number(uint64(info.NARSize))
	r.number(0) // not built there
	r.texts(info.Signatures)
	r.text(info.Address.String())
	if n, err := io.Copy(r.to, archive); err != nil || n != info.NARSize {
		return fmt.Errorf("sending '%s' to '%s': %d of %d bytes: %w", info.Path, r.address, n, info.NARSize, err)
	}
	if err := r.to.Flush(); err != nil {
		return r.broken(err)
	}
	answer, err := r.readNumber()
	if err == nil && answer != 1 {
		err = fmt.Errorf("it refused '%s'", info.Path)
	}
	if err != nil {
		return r.broken(err)
	}
	return nil
}

// Writing: errors stay in the writer and come out when it is flushed.

func (r *Remote) number(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	r.to.Write(b[:])
}

func (r *Remote) text(s string) {
	r.number(uint64(len(s)))
	r.to.WriteString(s)
	r.to.Write(make([]byte, (8-len(s)%8)%8))
}

func (r *Remote) texts(list []string) {
	r.number(uint64(len(list)))
	for _, s := range list {
		r.text(s)
	}
}

func (r *Remote) paths(list []storepath.Path) {
	r.number(uint64(len(list)))
	for _, p := range list {
		r.text(p.String())
	}
}

func (r *Remote) readNumber() (uint64, error) {
	var b [8]byte
	_, err := io.ReadFull(r.from, b[:])
	return binary.LittleEndian.Uint64(b[:]), err
}

func (r *Remote) readText() (string, error) {
	n, err := r.readNumber()
	if err != nil {
		return "", err
	}
	if n > maxServeText {
		return "", fmt.Errorf("a text of %d bytes is too long", n)
	}
	b := make([]byte, n+(8-n%8)%8)
	_, err = io.ReadFull(r.from, b)
	return string(b[:n]), err
}

func (r *Remote) readTexts() ([]string, error) {
	n, err := r.readNumber()
	if err == nil && n > maxServeText {
		err = fmt.Errorf("a list of %d texts is too long", n)
	}
	var list []string
	for ; err == nil && n > 0; n-- {
		var s string
		s, err = r.readText()
		list = append(list, s)
	}
	return list, err
}

func (r *Remote) readPaths() ([]storepath.Path, error) {
	texts, err := r.readTexts()
	if err != nil {
		return nil, err
	}
	paths := make([]storepath.Path, len(texts))
	for i, text := range texts {
		if paths[i], err = storepath.Parse(text); err != nil {
			return nil, err
		}
	}
	return paths, nil
}
