package run

import (
	"testing"

	"cofferdam.dev/sandbox-image/box"
	"cofferdam.dev/sandbox-image/channel"
)

// What is killed while it is being frozen leaves nothing to look at, and it could have itself killed: by using its time up, with all threads.
func TestNoBoundKillsWhatIsToStandStill(t *testing.T) {
	for name, one := range map[string]struct {
		execution execution
		goesOn    bool
	}{
		"running":      {execution{}, true},
		"to freeze":    {execution{freezing: true}, false},
		"being killed": {execution{killed: channel.Stopped}, false},
		"dead":         {execution{ended: &box.Report{Event: box.Ended}}, false},
	} {
		if got := one.execution.goesOn(); got != one.goesOn {
			t.Errorf("%s: goes on: %v", name, got)
		}
	}
}
