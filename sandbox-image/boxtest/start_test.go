//go:build gvisor

package boxtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
)

const cgroups = "/sys/fs/cgroup"

// BenchmarkStart measures, with half a core for the whole sandbox as a policy grants that says nothing of it, how long it is from the job to the tool's
// start and what the sandbox has used of the processor at its end. Run it with: boxtest/run -run '^$' -bench Start -benchtime 20x
func BenchmarkStart(b *testing.B) {
	for name, job := range map[string]channel.Job{"shell": shell("exit"), "restricted": restricted(shell("exit"))} {
		b.Run(name, func(b *testing.B) {
			var started []time.Duration
			var used time.Duration
			for i := 0; b.Loop(); i++ {
				group := share(b, i, 500)
				got := pod{job: job, cpuGroup: group}.run(b)
				if !got.Started {
					b.Fatal("the tool did not start")
				}
				started = append(started, got.StartedAfter)
				used += usedBy(b, group)
			}
			slices.Sort(started)
			b.ReportMetric(float64(started[len(started)/2].Microseconds())/1000, "ms-to-started-p50")
			b.ReportMetric(float64(started[len(started)*95/100].Microseconds())/1000, "ms-to-started-p95")
			b.ReportMetric(float64(used.Microseconds())/1000/float64(len(started)), "cpu-ms/op")
		})
	}
}

// share makes a cgroup with so many thousandths of a core, and one that counts. It returns its name in both hierarchies.
func share(b *testing.B, number, millicores int) string {
	name := fmt.Sprintf("boxtest-%d-%d", os.Getpid(), number)
	for _, hierarchy := range []string{"cpu", "cpuacct"} {
		group := filepath.Join(cgroups, hierarchy, name)
		if err := os.MkdirAll(group, 0o755); err != nil {
			b.Skipf("no cgroups of version 1: %v", err)
		}
		b.Cleanup(func() { os.Remove(group) })
	}
	if err := os.WriteFile(filepath.Join(cgroups, "cpu", name, "cpu.cfs_quota_us"), fmt.Appendf(nil, "%d", 100*millicores), 0o644); err != nil {
		b.Fatal(err)
	}
	return name
}

func usedBy(b *testing.B, group string) time.Duration {
	text, err := os.ReadFile(filepath.Join(cgroups, "cpuacct", group, "cpuacct.usage"))
	if err != nil {
		b.Fatal(err)
	}
	var nanoseconds int64
	fmt.Sscan(string(text), &nanoseconds)
	return time.Duration(nanoseconds)
}
