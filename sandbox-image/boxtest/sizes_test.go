//go:build gvisor

package boxtest

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"cofferdam.dev/sandbox-image/storagetest"
	"cofferdam.dev/sandbox-image/workspace"
)

// BenchmarkSource measures how long it is from the job to the tool's start with so many files in the volume that the workspace begins with: where the rules are the
// same for all of it, and where they tell one name from another, so that all of it is listed.
func BenchmarkSource(b *testing.B) {
	for _, files := range []int{10, 10_000, 100_000} {
		source := b.TempDir()
		for i := range files {
			if i%1000 == 0 {
				if err := os.Mkdir(filepath.Join(source, fmt.Sprint("d", i/1000)), 0o755); err != nil {
					b.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(source, fmt.Sprint("d", i/1000), fmt.Sprint("f", i)), []byte("x"), 0o644); err != nil {
				b.Fatal(err)
			}
		}
		for dir := source; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			os.Chmod(dir, 0o755)
		}
		give(b, source, 65532, 65532)
		for _, rules := range []string{"alike", "by-name"} {
			if rules == "by-name" && files == 100_000 {
				continue // more than may be listed, with its directories: WorkspaceTooLarge
			}
			b.Run(fmt.Sprintf("%d/%s", files, rules), func(b *testing.B) {
				tool := ofVolume(shell("exit"), "")
				tool.Storage = everything(b)
				if rules == "by-name" {
					tool.Storage = byName(b)
				}
				var total float64
				for b.Loop() {
					got := pod{job: tool, volume: source}.run(b)
					if !got.Started {
						b.Fatalf("%+v", got.Result)
					}
					total += got.StartedAfter.Seconds() * 1000
				}
				b.ReportMetric(total/float64(b.N), "ms-to-started")
			})
		}
	}
}

// BenchmarkChanges measures how long it is from the tool's end to the result, with so many changed files, without and with their contents.
func BenchmarkChanges(b *testing.B) {
	source := volume(b, "a")
	for _, files := range []int{0, 1000, 10_000} {
		for _, commits := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/commit=%v", files, commits), func(b *testing.B) {
				tool := ofVolume(shell(fmt.Sprintf("for d in $(seq 0 %d); do mkdir d$d; for i in $(seq 100); do echo $d $i > d$d/$i; done; done; true", files/100-1)), "")
				tool.Storage, tool.Workspace.Commit = everything(b), commits
				tool.Limits.WorkspaceBytes = 256 << 20
				var total float64
				for b.Loop() {
					kept := 0
					got := pod{job: tool, volume: source, keep: func(_ string, body io.Reader) int { kept++; io.Copy(io.Discard, body); return 200 }}.run(b)
					if got.Changes == nil || got.Changes.Added != files || (kept > 0) != commits {
						b.Fatalf("%+v %+v, %d bundles", got.Result, got.Changes, kept)
					}
					total += got.EndedAfter.Seconds()*1000 - float64(got.Result.DurationMillis)
				}
				b.ReportMetric(total/float64(b.N), "ms-to-result")
			})
		}
	}
}

func byName(b *testing.B) workspace.Rules {
	b.Helper()
	rules, err := storagetest.Rules(`{allow: [{uri: "fs:///workspace/**", access: [read, write]}], deny: [{uri: "fs:///workspace/**/*.key"}]}`)
	if err != nil {
		b.Fatal(err)
	}
	return rules
}
