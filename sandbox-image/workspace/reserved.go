package workspace

import "strings"

// CommitDirectory is where a committer keeps what a commit needs until it is done: in the directory of the volume that is committed to. No run sees it.
const CommitDirectory = reserved + "commit"

const reserved = ".cofferdam-"

// IsReserved tells whether a name is one of ours: whatever rules say, nothing of that name is ever part of a change set, at any depth. Or a tool could
// make what the next committer takes for its own work.
func IsReserved(name string) bool { return strings.HasPrefix(name, reserved) }
