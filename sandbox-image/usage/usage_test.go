package usage

import (
	"testing"
	"time"
)

func TestWhatAllProcessesUsed(t *testing.T) {
	used, err := ofAll([]byte("cpu  120 3 7 900 0 0 0 0 0 0\ncpu0 60 0 4 450 0 0 0 0 0 0\n"))
	if err != nil || used != 1300*time.Millisecond {
		t.Errorf("%v, %v", used, err)
	}
	for _, broken := range []string{"", "cpu 1 2", "cpu0 1 2 3 4", "cpu 1 x 3 4"} {
		if _, err := ofAll([]byte(broken)); err == nil {
			t.Errorf("%q is read", broken)
		}
	}
}

func TestWhatAProcessUsed(t *testing.T) {
	used, err := ofProcess([]byte("7 (a) b) 1 2) S 1 7 7 0 0 0 0 0 0 0 12 30 99 99 20 0 1 0\n"))
	if err != nil || used != 420*time.Millisecond {
		t.Errorf("%v, %v", used, err)
	}
	if _, err := ofProcess([]byte("7 (a) S 1")); err == nil {
		t.Error("a short line is read")
	}
}

func TestMemoryInUse(t *testing.T) {
	used, err := inUse([]byte("MemTotal:         2048 kB\nMemFree:          1024 kB\nMemAvailable:     1024 kB\n"))
	if err != nil || used != 1<<20 {
		t.Errorf("%v, %v", used, err)
	}
	if _, err := inUse([]byte("MemFree: 1 kB\n")); err == nil {
		t.Error("another form is read")
	}
}

func TestABoundIsLookedAtBeforeItCanBePassed(t *testing.T) {
	for _, each := range []struct {
		looks       int
		bound, used time.Duration
		processors  int
		want        time.Duration
	}{
		{0, 0, 0, 2, 100 * time.Millisecond},
		{3, 0, 0, 2, 800 * time.Millisecond},
		{4, 0, 0, 2, time.Second},
		{100, 0, time.Hour, 2, time.Second},
		{100, 20 * time.Second, 0, 2, time.Second},
		{100, 20 * time.Second, 19 * time.Second, 2, 500 * time.Millisecond},
		{0, 150 * time.Millisecond, 0, 2, 75 * time.Millisecond},
		{100, time.Second, 990 * time.Millisecond, 2, 20 * time.Millisecond},
		{100, time.Second, 2 * time.Second, 2, 20 * time.Millisecond},
	} {
		if got := pause(each.looks, each.bound, each.used, each.processors); got != each.want {
			t.Errorf("%+v: %v", each, got)
		}
	}
}
