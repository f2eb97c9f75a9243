package image

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var closureSize = flag.Int64("closure", 1<<30, "bytes of the closure that is streamed in benchmarks")

// closurePlan makes objects with as many files of different sizes as a usual
// closure has, and a plan with a layer for each.
func closurePlan(b *testing.B, total int64) (*Plan, Objects, string) {
	b.Helper()
	dir := b.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(random.Uint32())
	}
	p := &Plan{Format: planFormat, Name: "closure", Tag: "1", Created: epoch, Owner: Owner{Mtime: epoch}, Config: []byte("{}")}
	const layers = 20
	for l := range layers {
		object := fmt.Sprintf("/nix/store/%032d-object", l)
		root := filepath.Join(dir, filepath.Base(object))
		for n, written := 0, int64(0); written < total/layers; n++ {
			// Many small files hold little, a few large ones most.
			size := int64(4096) << random.IntN(11)
			size -= random.Int64N(2048)
			folder := filepath.Join(root, fmt.Sprint(n%16))
			if err := os.MkdirAll(folder, 0o755); err != nil {
				b.Fatal(err)
			}
			file, err := os.Create(filepath.Join(folder, fmt.Sprint(n)))
			if err != nil {
				b.Fatal(err)
			}
			for left := size; left > 0; left -= int64(len(block)) {
				if _, err := file.Write(block[:min(left, int64(len(block)))]); err != nil {
					b.Fatal(err)
				}
			}
			file.Close()
			written += size
		}
		p.Layers = append(p.Layers, Layer{Kind: StoreLayer, Paths: []string{object}})
	}
	return p, Objects(dir), dir
}

// shell times a command of the shell.
func shell(b *testing.B, command string) time.Duration {
	b.Helper()
	begun := time.Now()
	if out, err := exec.Command("bash", "-c", "set -o pipefail; "+command).CombinedOutput(); err != nil {
		b.Fatalf("%s: %v: %s", command, err, out)
	}
	return time.Since(begun)
}

// throughCat streams an archive into another process.
func throughCat(b *testing.B, built *Built) time.Duration {
	b.Helper()
	begun := time.Now()
	cat := exec.Command("bash", "-c", "cat > /dev/null")
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	cat.Stdin = r
	if err := cat.Start(); err != nil {
		b.Fatal(err)
	}
	r.Close()
	if err := built.WriteArchive(context.Background(), Sink(w), 0, nil); err != nil {
		b.Fatal(err)
	}
	w.Close()
	if err := cat.Wait(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

// BenchmarkStream streams a closure whose digests nobody knows ("cold"), and
// again when they are remembered ("warm"). The rate is compared with that of
// two passes of tar and sha256sum, and with cat of the same bytes.
func BenchmarkStream(b *testing.B) {
	plan, objects, dir := closurePlan(b, *closureSize)
	memory := Memory{filepath.Join(b.TempDir(), "memory")}
	open := func(m Memory) *Built {
		fresh := *plan
		fresh.Layers = append([]Layer(nil), plan.Layers...)
		if err := fillDigests(context.Background(), m, &fresh, objects, nil); err != nil {
			b.Fatal(err)
		}
		built, err := Open(context.Background(), &fresh, Options{Objects: objects, Memory: m})
		if err != nil {
			b.Fatal(err)
		}
		return built
	}
	b.Run("cold", func(b *testing.B) {
		b.SetBytes(*closureSize)
		var own, peer time.Duration
		for b.Loop() {
			begun := time.Now()
			throughCat(b, open(Memory{}))
			own += time.Since(begun)
			peer += shell(b, "for i in 1 2; do tar c -C '"+dir+"' . | sha256sum; done")
		}
		b.ReportMetric(peer.Seconds()/own.Seconds(), "rate/two-tar-sha256sum")
		b.ReportMetric(own.Seconds()/float64(b.N), "s/stream")
	})
	b.Run("warm", func(b *testing.B) {
		b.SetBytes(*closureSize)
		open(memory)
		var own, peer time.Duration
		for b.Loop() {
			begun := time.Now()
			throughCat(b, open(memory))
			own += time.Since(begun)
			peer += shell(b, "find '"+dir+"' -type f -print0 | xargs -0 cat | cat > /dev/null")
		}
		b.ReportMetric(peer.Seconds()/own.Seconds(), "rate/cat")
		b.ReportMetric(own.Seconds()/float64(b.N), "s/stream")
	})
}
