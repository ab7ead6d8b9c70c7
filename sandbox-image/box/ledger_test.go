package box

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/recount"
)

func recorded(note func(l *ledger)) []Executed {
	var reported []Executed
	l := newLedger(func(e Executed) { reported = append(reported, e) })
	note(l)
	l.close()
	return reported
}

func TestWhatHappensAgainIsCounted(t *testing.T) {
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(own)
	digest := hex.EncodeToString(sum[:])
	git := loaded{file: file{1, 2}, path: "/usr/bin/git"}
	reported := recorded(func(l *ledger) {
		for range 1000 {
			l.note(os.Getpid(), git, "", true)
		}
		for range 3 {
			l.note(os.Getpid(), git, "", false)
		}
	})
	counts := map[bool]int64{}
	for _, each := range reported {
		if each.Path != "/usr/bin/git" || each.SHA256 != digest {
			t.Errorf("%+v", each)
		}
		counts[each.Denied] += each.Count
	}
	if len(reported) != 4 || counts[false] != 1000 || counts[true] != 3 {
		t.Errorf("%d reports, %v", len(reported), counts)
	}
}

func TestWhatIsDeniedAgainIsToldMeanwhile(t *testing.T) {
	counts := make(chan int64, 10)
	l := newLedger(func(e Executed) { counts <- e.Count })
	began := time.Unix(1, 0)
	for round, step := range []struct {
		times int
		after time.Duration
		want  []int64
	}{
		{1, 0, []int64{1}},
		{5, 0, []int64{5}},
		{2, recount.Every - 1, nil},
		{0, recount.Every, []int64{2}},
		{0, time.Hour, nil},
	} {
		for range step.times {
			l.note(-1, loaded{path: "/usr/bin/curl"}, "", false)
		}
		if round > 0 {
			l.again(began.Add(step.after))
		}
		for _, want := range step.want {
			if got := <-counts; got != want {
				t.Errorf("round %d: %d, want %d", round, got, want)
			}
		}
		if len(counts) > 0 {
			t.Errorf("round %d: told %d more", round, <-counts)
		}
	}
	l.close()
}

func TestWhatATreeOfNamesCostsIsBounded(t *testing.T) {
	reported := recorded(func(l *ledger) {
		for i := range 10 * programsMost {
			became := loaded{file: file{1, uint64(i)}, path: "/" + strings.Repeat("x", 5000)}
			l.note(-1, became, fmt.Sprint("name", strings.Repeat("y", 100)), i%2 == 0)
		}
	})
	var all int64
	for _, each := range reported {
		all += each.Count
		if len(each.Path) > programPathMost || len(each.CalledAs) > programNameMost {
			t.Errorf("%+v", each)
		}
	}
	if all != 10*programsMost || len(reported) > 2*(programsMost+2) {
		t.Errorf("%d execs in %d reports", all, len(reported))
	}
}

// Paths may be of bytes that JSON writes as six.
func TestEveryReportOfADayIsRead(t *testing.T) {
	var largest bytes.Buffer
	err := send(&largest, Report{Event: Ran, Executed: &Executed{
		Path: strings.Repeat("\x01", programPathMost), CalledAs: strings.Repeat("\x01", programNameMost), SHA256: strings.Repeat("0", 64), Denied: true, Count: math.MaxInt64,
	}})
	if most := (programsMost+2)*(recount.DayMost+2)*largest.Len() + changesReportMost; err != nil || most > maxReportBytes {
		t.Errorf("%d bytes, %d are read, %v", most, maxReportBytes, err)
	}
}

func TestWhatCannotBeReadHasNoDigest(t *testing.T) {
	reported := recorded(func(l *ledger) { l.note(-1, loaded{path: "/gone"}, "", false) })
	if len(reported) != 1 || reported[0] != (Executed{Path: "/gone", Denied: true, Count: 1}) {
		t.Errorf("%+v", reported)
	}
}

func TestDigestsHaveABudget(t *testing.T) {
	left := int64(10)
	if got := sum(strings.NewReader("0123456789"), &left); len(got) != 64 || left != 0 {
		t.Errorf("%q, %d left", got, left)
	}
	if got := sum(strings.NewReader("0"), &left); got != "" || left != 0 {
		t.Errorf("%q, %d left", got, left)
	}
}
