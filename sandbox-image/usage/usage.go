// Package usage measures what a tool and all that it started have used, from the supervisor's side of the box, where no word of the tool's counts.
package usage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// tick is how the kernel counts the processor's time: USER_HZ is 100 on every Linux, and gVisor's clock is no finer.
	tick = 10 * time.Millisecond
	// slack is how far readings that are not taken at one instant may be apart.
	slack = 10 * tick
	// firstPause and lastPause are between two looks: a short tool is seen, and a long one costs next to nothing.
	firstPause = 100 * time.Millisecond
	lastPause  = time.Second
	// leastPause is what a bound that is nearly reached is looked at again after.
	leastPause = 2 * tick
)

// ErrNotCounted says that this sandbox's kernel does not count what processes have used that are gone.
var ErrNotCounted = errors.New("/proc/stat does not count what this process has used")

// A Meter knows what one tool has used. gVisor counts the processor's time of all processes together, those among them that have ended, whether anybody
// waited for them or not; what is not the supervisor's and not the builder's is the tool's, and nothing that a tool does takes it off that account.
type Meter struct {
	builder int // its process, as the supervisor sees it
	looks   int

	baseCPU, cpu       time.Duration
	builderCPU         time.Duration // as it was when it could last be read
	baseMemory, memory int64
}

// New fails with ErrNotCounted where a bound on the processor's time could not be held.
func New(builder int) (*Meter, error) {
	meter := &Meter{builder: builder}
	total, ours, err := meter.read()
	switch {
	case err != nil:
		return meter, err
	case total+slack < ours:
		return meter, ErrNotCounted
	}
	return meter, nil
}

// Begin says that all from now on is the tool's.
func (m *Meter) Begin() {
	if total, ours, err := m.read(); err == nil {
		m.baseCPU = total - ours
	}
	m.baseMemory, _ = memory()
}

// Look takes a reading; what cannot be read counts as it did before.
func (m *Meter) Look() {
	m.looks++
	if total, ours, err := m.read(); err == nil {
		m.cpu = max(m.cpu, total-ours-m.baseCPU)
	}
	if used, err := memory(); err == nil {
		m.memory = max(m.memory, used-m.baseMemory)
	}
}

// CPU is the processor's time up to the last look.
func (m *Meter) CPU() time.Duration { return m.cpu }

// PeakMemory is the most that a look has found in use beyond what was in use before, in bytes: of all processes and of files in memory together.
func (m *Meter) PeakMemory() int64 { return m.memory }

// Pause is how long until the next look. A bound of 0 is none; any other is not passed by more than a few ticks of each processor.
func (m *Meter) Pause(bound time.Duration) time.Duration {
	return pause(m.looks, bound, m.cpu, runtime.NumCPU())
}

func pause(looks int, bound, used time.Duration, processors int) time.Duration {
	next := lastPause
	if looks < 4 {
		next = firstPause << looks
	}
	if bound > 0 {
		next = min(next, max((bound-used)/time.Duration(processors), leastPause))
	}
	return next
}

// read returns the time of all processes together, and that of the supervisor and the builder.
func (m *Meter) read() (total, ours time.Duration, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	if total, err = ofAll(text); err != nil {
		return 0, 0, err
	}
	var self unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &self); err != nil {
		return 0, 0, err
	}
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.builder)); err == nil {
		if used, err := ofProcess(text); err == nil {
			m.builderCPU = used
		}
	}
	return total, time.Duration(self.Utime.Nano()+self.Stime.Nano()) + m.builderCPU, nil
}

// ofAll reads the first line of proc(5)'s stat: user, nice and system.
func ofAll(stat []byte) (time.Duration, error) {
	line, _, _ := bytes.Cut(stat, []byte{'\n'})
	fields := bytes.Fields(line)
	if len(fields) < 4 || string(fields[0]) != "cpu" {
		return 0, fmt.Errorf("not a line of /proc/stat: %q", line)
	}
	return ticks(fields[1:4])
}

// ofProcess reads utime and stime of proc(5)'s PID/stat: the 12th and 13th field after the command, which is in parentheses and may hold anything.
func ofProcess(stat []byte) (time.Duration, error) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 13 {
		return 0, fmt.Errorf("not a process's stat: %q", stat)
	}
	return ticks(fields[11:13])
}

func ticks(fields [][]byte) (time.Duration, error) {
	var sum time.Duration
	for _, field := range fields {
		count, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(count) * tick
	}
	return sum, nil
}

func memory() (int64, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	return inUse(text)
}

// inUse reads proc(5)'s meminfo: what is not free.
func inUse(meminfo []byte) (int64, error) {
	var total, free int64
	if _, err := fmt.Sscanf(string(meminfo), "MemTotal: %d kB\nMemFree: %d kB\n", &total, &free); err != nil {
		return 0, fmt.Errorf("/proc/meminfo: %w", err)
	}
	return (total - free) * 1024, nil
}
