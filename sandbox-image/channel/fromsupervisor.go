package channel

import (
	"encoding/json"
	"fmt"

	"cofferdam.dev/sandbox-image/changes"
)

// Bounds of the supervisor's frames, in bytes.
const (
	MaxFromSupervisor = 64 << 10
	MaxOutputChunk    = 32 << 10 // of a stream in one frame, before base64
	MaxPaths          = 8        // of a result
)

// Stream names one output of the tool.
type Stream string

const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// Outcome says how a run ended.
type Outcome string

const (
	Exited            Outcome = "Exited"            // by itself, with ExitCode
	Signaled          Outcome = "Signaled"          // of a signal that was not the supervisor's
	TimedOut          Outcome = "TimedOut"          // killed at limits.timeoutMillis
	CPUTimeExceeded   Outcome = "CpuTimeExceeded"   // killed, because with all that it started it had used limits.cpuTimeMillis
	Stopped           Outcome = "Stopped"           // killed by the gateway's order, or because the pod is being deleted
	Frozen            Outcome = "Frozen"            // stopped for good by the gateway's order, and kept: not one of its processes runs again
	ToolNotFound      Outcome = "ToolNotFound"      // nothing ran
	ToolNotExecutable Outcome = "ToolNotExecutable" // nothing ran
	BoxFailed         Outcome = "BoxFailed"         // nothing ran; Step says where building stopped
	SecretMissing     Outcome = "SecretMissing"     // nothing ran; Secrets are not in the pod
	SecretTooLarge    Outcome = "SecretTooLarge"    // nothing ran; with Secrets the values have more than their bound
	// The source of the workspace; nothing ran.
	WorkspaceMissing     Outcome = "WorkspaceMissing"     // it is not in the pod
	WorkspaceNotReadable Outcome = "WorkspaceNotReadable" // Paths cannot be read
	WorkspaceTooLarge    Outcome = "WorkspaceTooLarge"    // it is beyond a bound
	// NetworkNotIsolated: Open answered, which must be closed. Before `started` nothing ran; after it the tool was killed.
	NetworkNotIsolated Outcome = "NetworkNotIsolated"
	// ProgramNotAllowed: the tool's own process became Program, which it may not, and was killed before an instruction of it ran.
	ProgramNotAllowed Outcome = "ProgramNotAllowed"
)

// Started says that the box stands and the tool's first program runs.
type Started struct{}

// Output carries the next bytes of one stream.
type Output struct {
	Stream Stream
	Data   []byte
}

// Changes is what the tool changed in its workspace: before the result, where the job has a view of one. Counts and digest are those of all items.
type Changes struct {
	changes.Set
	Contents *Contents // what the gateway keeps of it; nil where it has nothing
}

// Contents is a bundle that the gateway has been given.
type Contents struct {
	SHA256 string // hexadecimal
	Bytes  int64
}

// Outputs are the files that the job asks for, in its order: after Changes and before the result, where it asks for any and the tool was started.
type Outputs []changes.Output

// Result is the end: the tool and all that it started are dead. Counts are exact totals; they are 0 where nothing ran.
type Result struct {
	Outcome         Outcome
	ExitCode        int      // with Exited
	Signal          int      // with Signaled
	Step            string   // with BoxFailed: [A-Za-z0-9-]{1,64}
	Open            string   // with NetworkNotIsolated: network/address of one of the job's gate.closed, as the job has it
	Program         string   // with ProgramNotAllowed: the file's path, at most MaxEventResource bytes
	Paths           []string // with WorkspaceNotReadable: 1 to MaxPaths, in visible characters, at most 256 bytes each
	Secrets         []string // with SecretMissing and SecretTooLarge: of those that the job names
	StdoutBytes     int64
	StderrBytes     int64
	DurationMillis  int64 // from Started to the last process's end
	CPUMillis       int64
	PeakMemoryBytes int64
}

// The wire forms, in the key order of the golden files.
type (
	typeOnly struct {
		Type string `json:"type"`
	}
	output struct {
		Type   string `json:"type"`
		Stream Stream `json:"stream"`
		Data   []byte `json:"data"`
	}
	item struct {
		Path   string         `json:"path"`
		Change changes.Change `json:"change"`
		Kind   changes.Kind   `json:"kind,omitempty"`
		Mode   string         `json:"mode,omitempty"`
		Size   *int64         `json:"size,omitempty"`
		SHA256 string         `json:"sha256,omitempty"`
	}
	violation struct {
		Path   string         `json:"path"`
		Reason changes.Reason `json:"reason"`
	}
	changed struct {
		Type            string      `json:"type"`
		Complete        bool        `json:"complete"`
		Added           int         `json:"added"`
		Modified        int         `json:"modified"`
		Deleted         int         `json:"deleted"`
		Digest          string      `json:"digest"`
		Items           []item      `json:"items"`
		Violations      []violation `json:"violations"`
		ViolationsTotal int         `json:"violationsTotal"`
		Contents        *contents   `json:"contents"`
	}
	contents struct {
		SHA256 string `json:"sha256"`
		Bytes  int64  `json:"bytes"`
	}
	outputFile struct {
		State   changes.State `json:"state"`
		Content *[]byte       `json:"content,omitempty"`
	}
	outputs struct {
		Type  string       `json:"type"`
		Files []outputFile `json:"files"`
	}
	result struct {
		Type            string   `json:"type"`
		Outcome         Outcome  `json:"outcome"`
		ExitCode        *int     `json:"exitCode,omitempty"`
		Signal          *int     `json:"signal,omitempty"`
		Step            string   `json:"step,omitempty"`
		Open            string   `json:"open,omitempty"`
		Program         *string  `json:"program,omitempty"`
		Secrets         []string `json:"secrets,omitempty"`
		Paths           []string `json:"paths,omitempty"`
		StdoutBytes     int64    `json:"stdoutBytes"`
		StderrBytes     int64    `json:"stderrBytes"`
		DurationMillis  int64    `json:"durationMillis"`
		CPUMillis       int64    `json:"cpuMillis"`
		PeakMemoryBytes int64    `json:"peakMemoryBytes"`
	}
)

// Encode returns the frame's text.
func (Started) Encode() []byte { return encode(typeOnly{"started"}) }

// Encode returns the frame's text. Data has at most MaxOutputChunk bytes.
func (o Output) Encode() []byte {
	if o.Data == nil {
		o.Data = []byte{} // nil would be null
	}
	return encode(output{"output", o.Stream, o.Data})
}

// Encode returns the frame's text.
func (c Changes) Encode() []byte {
	frame := changed{
		Type: "changes", Complete: c.Complete, Added: c.Added, Modified: c.Modified, Deleted: c.Deleted, Digest: c.Digest,
		Items: []item{}, Violations: []violation{}, ViolationsTotal: c.ViolationsTotal, Contents: (*contents)(c.Contents),
	}
	for _, each := range c.Items {
		written := item{Path: each.Path, Change: each.Change}
		if each.Change != changes.Deleted {
			written.Kind, written.Mode, written.Size, written.SHA256 = each.Kind, fmt.Sprintf("%04o", each.Mode), &each.Size, each.SHA256
		}
		frame.Items = append(frame.Items, written)
	}
	for _, each := range c.Violations {
		frame.Violations = append(frame.Violations, violation(each))
	}
	return encode(frame)
}

// Encode returns the frame's text.
func (o Outputs) Encode() []byte {
	frame := outputs{Type: "outputs", Files: []outputFile{}}
	for _, each := range o {
		written := outputFile{State: each.State}
		if each.State == changes.Present {
			content := each.Content
			if content == nil {
				content = []byte{} // nil would be null
			}
			written.Content = &content
		}
		frame.Files = append(frame.Files, written)
	}
	return encode(frame)
}

// Encode returns the frame's text.
func (r Result) Encode() []byte {
	frame := result{
		Type:            "result",
		Outcome:         r.Outcome,
		StdoutBytes:     r.StdoutBytes,
		StderrBytes:     r.StderrBytes,
		DurationMillis:  r.DurationMillis,
		CPUMillis:       r.CPUMillis,
		PeakMemoryBytes: r.PeakMemoryBytes,
	}
	switch r.Outcome {
	case Exited:
		frame.ExitCode = &r.ExitCode
	case Signaled:
		frame.Signal = &r.Signal
	case BoxFailed:
		frame.Step = r.Step
	case NetworkNotIsolated:
		frame.Open = r.Open
	case ProgramNotAllowed:
		frame.Program = &r.Program
	case SecretMissing, SecretTooLarge:
		frame.Secrets = r.Secrets
	case WorkspaceNotReadable:
		frame.Paths = r.Paths
	}
	return encode(frame)
}

func encode(frame any) []byte {
	text, err := json.Marshal(frame)
	if err != nil {
		panic(err) // strings, numbers and bytes always encode
	}
	return text
}
