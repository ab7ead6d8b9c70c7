package commit

import (
	"fmt"
	"testing"
)

// How long a commit takes, the fetching from memory: `go test -run '^$' -bench . ./commit`. Set TMPDIR to a directory of the file system in question.
func BenchmarkCommit(b *testing.B) {
	for _, each := range []struct {
		name, script string
		files        int
		bytes        int64
	}{
		{"10_000_small_files_added", "for d in $(seq 100); do mkdir d$d; for i in $(seq 100); do echo $d $i > d$d/$i; done; done", 10_000, 10_000},
		{"10_000_small_files_modified", "for d in $(seq 100); do for i in $(seq 100); do echo more >> old$d/$i; done; done", 10_000, 10_000},
		{"one_file_of_200_MB", "head -c 200000000 /dev/urandom > large", 1, 200_000_000},
	} {
		b.Run(each.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				root := b.TempDir()
				do(b, root, "for d in $(seq 100); do mkdir old$d; for i in $(seq 100); do echo $d $i > old$d/$i; done; done")
				order, text, _ := set(b, root, each.script)
				b.StartTimer()
				expect(b, committer(order, root, text), Committed)
			}
			seconds := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(float64(each.files)/seconds, "files/s")
			b.ReportMetric(float64(each.bytes)/1e6/seconds, "MB/s")
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(seconds*1000, fmt.Sprint("ms/commit"))
		})
	}
}
