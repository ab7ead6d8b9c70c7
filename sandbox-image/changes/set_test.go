package changes

import (
	"strings"
	"testing"
)

// The gateway computes the same: its ChannelStateTest has the same digest.
func TestTheDigestIsTheGateways(t *testing.T) {
	got := Digest([]Item{
		{Path: "a", Change: Added, Kind: File, Mode: 0o644, Size: 1, SHA256: strings.Repeat("ab", 32)},
		{Path: "b/🙂", Change: Deleted},
		{Path: "c", Change: Modified, Kind: Symlink, Mode: 0o777, Size: 2, SHA256: strings.Repeat("cd", 32)},
	})
	if got != "sha256:b0a2dc2260cc4f19d6147ffc7159d0337f08877992bd81305f41957bf35aa422" {
		t.Error(got)
	}
}
