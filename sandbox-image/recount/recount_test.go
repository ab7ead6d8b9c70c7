package recount

import (
	"testing"
	"time"
)

func TestADayIsFewTimes(t *testing.T) {
	var pace Pace
	begun, times := time.Unix(1, 0), 0
	for now := begun; now.Before(begun.Add(24 * time.Hour)); now = now.Add(Every) {
		if pace.Due(now) {
			times++
		}
	}
	if times != DayMost {
		t.Errorf("%d times", times)
	}
}

func TestTheFirstTimesAreSoon(t *testing.T) {
	var pace Pace
	begun := time.Unix(1, 0)
	if !pace.Due(begun) || pace.Due(begun.Add(Every-1)) || !pace.Due(begun.Add(Every)) || pace.Due(begun.Add(3*Every-1)) || !pace.Due(begun.Add(3*Every)) {
		t.Error("not after 10 s and 20 s more")
	}
}
