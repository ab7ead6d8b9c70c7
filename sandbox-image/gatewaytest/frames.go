// Package gatewaytest is a gateway for tests: the other side of the run channel's contract, with TLS, as strict as the real one must be.
package gatewaytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/strictjson"
	"cofferdam.dev/sandbox-image/workspace"
)

const maxCount = 1<<63 - 1

var (
	step   = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	count  = regexp.MustCompile(`^[1-9][0-9]{0,15}$`)
	digest = regexp.MustCompile(`^[0-9a-f]{64}$`)
	open   = regexp.MustCompile(`^(tcp|udp)/[0-9A-Fa-f:.\[\]]*:[0-9]{1,5}$`)
)

// resultKeys are those of every result.
var resultKeys = []string{"type", "outcome", "stdoutBytes", "stderrBytes", "durationMillis", "cpuMillis", "peakMemoryBytes"}

// outcomeKeys are those that an outcome adds. A word that is not here is no outcome.
var outcomeKeys = map[channel.Outcome][]string{
	channel.Exited:            {"exitCode"},
	channel.Signaled:          {"signal"},
	channel.TimedOut:          {},
	channel.CPUTimeExceeded:   {},
	channel.Stopped:           {},
	channel.Frozen:            {},
	channel.ToolNotFound:      {},
	channel.ToolNotExecutable: {},
	channel.BoxFailed:         {"step"},

	channel.NetworkNotIsolated: {"open"},
	channel.ProgramNotAllowed:  {"program"},
	channel.SecretMissing:      {"secrets"},
	channel.SecretTooLarge:     {"secrets"},

	channel.WorkspaceMissing:     {},
	channel.WorkspaceNotReadable: {"paths"},
	channel.WorkspaceTooLarge:    {},
}

// DecodeFromSupervisor reads one frame: a channel.Started, Output, Event, Attempt, Changes, Outputs or Result. Anything but exactly a frame of the contract is an error.
func DecodeFromSupervisor(text []byte) (any, error) {
	if len(text) > channel.MaxFromSupervisor {
		return nil, fmt.Errorf("frame of %d bytes", len(text))
	}
	fields, err := strictjson.Object(text)
	if err != nil {
		return nil, err
	}
	kind, err := fields.String("type", 32)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "started":
		return channel.Started{}, fields.Exactly("type")
	case "output":
		return output(fields)
	case "changes":
		return changed(fields)
	case "outputs":
		return outputs(fields)
	case "event":
		return event(fields)
	case "result":
		return result(fields)
	default:
		return nil, fmt.Errorf("unknown type %q", kind)
	}
}

func output(fields strictjson.Fields) (any, error) {
	if err := fields.Exactly("type", "stream", "data"); err != nil {
		return nil, err
	}
	stream, err := fields.String("stream", 16)
	if err != nil {
		return nil, err
	}
	if name := channel.Stream(stream); name != channel.Stdout && name != channel.Stderr {
		return nil, fmt.Errorf("unknown stream %q", stream)
	}
	data, err := fields.Base64("data", channel.MaxOutputChunk)
	if err != nil {
		return nil, err
	}
	return channel.Output{Stream: channel.Stream(stream), Data: data}, nil
}

func event(fields strictjson.Fields) (any, error) {
	if err := fields.Exactly("type", "eventType", "resource", "action", "result", "detail"); err != nil {
		return nil, err
	}
	if string(fields["eventType"]) == `"NetworkAccess"` {
		return attempt(fields)
	}
	if string(fields["eventType"]) != `"ProcessExec"` || string(fields["action"]) != `"exec"` {
		return nil, errors.New("not an event of a program")
	}
	event := channel.Event{}
	program, err1 := fields.String("resource", channel.MaxEventResource)
	verdict, err2 := fields.String("result", 16)
	event.Program, event.Result = program, channel.Verdict(verdict)
	if event.Result != channel.Allowed && event.Result != channel.Denied {
		return nil, fmt.Errorf("unknown result %q", verdict)
	}
	detail, err3 := strictjson.Object(fields["detail"])
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	keys := []string{"count"}
	for _, optional := range []string{"calledAs", "sha256"} {
		if _, given := detail[optional]; given {
			keys = append(keys, optional)
		}
	}
	if err := detail.Exactly(keys...); err != nil {
		return nil, err
	}
	number, err := detail.String("count", 19)
	if err != nil {
		return nil, err
	}
	if !count.MatchString(number) {
		return nil, errors.New("count is not a positive number")
	}
	event.Count, _ = strconv.ParseInt(number, 10, 64)
	if _, given := detail["calledAs"]; given {
		if event.CalledAs, err = detail.String("calledAs", channel.MaxCalledAs); err != nil || event.CalledAs == "" {
			return nil, errors.New("calledAs is not a name")
		}
	}
	if _, given := detail["sha256"]; given {
		if event.SHA256, err = detail.String("sha256", 64); err != nil || !digest.MatchString(event.SHA256) {
			return nil, errors.New("sha256 is not a digest")
		}
	}
	return event, nil
}

func result(fields strictjson.Fields) (any, error) {
	word, err := fields.String("outcome", 64)
	if err != nil {
		return nil, err
	}
	outcome := channel.Outcome(word)
	further, known := outcomeKeys[outcome]
	if !known {
		return nil, fmt.Errorf("unknown outcome %q", word)
	}
	if err := fields.Exactly(append(further, resultKeys...)...); err != nil {
		return nil, err
	}
	result := channel.Result{Outcome: outcome}
	var problems []error
	count := func(key string, min, max int64) int64 {
		number, err := fields.Integer(key, min, max)
		problems = append(problems, err)
		return number
	}
	switch outcome {
	case channel.Exited:
		result.ExitCode = int(count("exitCode", 0, 255))
	case channel.Signaled:
		result.Signal = int(count("signal", 1, 64))
	case channel.BoxFailed:
		if result.Step, err = fields.String("step", 64); err == nil && !step.MatchString(result.Step) {
			err = errors.New("step is not a word")
		}
		problems = append(problems, err)
	case channel.ProgramNotAllowed:
		result.Program, err = fields.String("program", channel.MaxEventResource)
		problems = append(problems, err)
	case channel.NetworkNotIsolated:
		if result.Open, err = fields.String("open", 72); err == nil && !open.MatchString(result.Open) {
			err = errors.New("open is not network/address")
		}
		problems = append(problems, err)
	case channel.SecretMissing, channel.SecretTooLarge:
		if result.Secrets, err = fields.Strings("secrets", 64); err == nil && !areNames(result.Secrets) {
			err = errors.New("secrets are not names")
		}
		problems = append(problems, err)
	case channel.WorkspaceNotReadable:
		if result.Paths, err = fields.Strings("paths", channel.MaxPaths); err == nil && !arePaths(result.Paths) {
			err = errors.New("paths are not visible characters")
		}
		problems = append(problems, err)
	}
	result.StdoutBytes = count("stdoutBytes", 0, maxCount)
	result.StderrBytes = count("stderrBytes", 0, maxCount)
	result.DurationMillis = count("durationMillis", 0, maxCount)
	result.CPUMillis = count("cpuMillis", 0, maxCount)
	result.PeakMemoryBytes = count("peakMemoryBytes", 0, maxCount)
	return result, errors.Join(problems...)
}

func areNames(names []string) bool {
	for i, name := range names {
		if len(name) > 63 || slices.Contains(names[:i], name) {
			return false
		}
	}
	return len(names) > 0
}

func arePaths(paths []string) bool {
	for _, path := range paths {
		if path == "" || len(path) > 256 || strings.ContainsFunc(path, func(r rune) bool { return !strconv.IsPrint(r) }) {
			return false
		}
	}
	return len(paths) > 0
}

// EncodeJob writes a job as the gateway does.
func EncodeJob(job channel.Job) []byte {
	type variable struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	environment := make([]variable, len(job.Environment))
	for i, each := range job.Environment {
		environment[i] = variable(each)
	}
	type address struct {
		Network string `json:"network"`
		Address string `json:"address"`
	}
	closed := make([]address, len(job.Gate.Closed))
	for i, each := range job.Gate.Closed {
		closed[i] = address(each)
	}
	type file struct {
		Path    string `json:"path"`
		Content []byte `json:"content"`
	}
	files := make([]file, len(job.Workspace.Files))
	for i, each := range job.Workspace.Files {
		files[i] = file(each)
		if files[i].Content == nil {
			files[i].Content = []byte{}
		}
	}
	outputs := job.Workspace.Outputs
	if outputs == nil {
		outputs = []string{}
	}
	if job.Exec.Allow == nil {
		job.Exec.Allow = []string{}
	}
	if job.Secrets == nil {
		job.Secrets = []string{}
	}
	if job.Stdin == nil {
		job.Stdin = []byte{}
	}
	text, err := json.Marshal(map[string]any{
		"type": "job", "session": job.Session, "argv": job.Argv, "stdin": job.Stdin, "environment": environment, "secrets": job.Secrets,
		"limits": map[string]any{
			"timeoutMillis": job.Limits.TimeoutMillis, "cpuTimeMillis": job.Limits.CPUTimeMillis, "processes": job.Limits.Processes, "openFiles": job.Limits.OpenFiles,
			"outputBytes": job.Limits.OutputBytes, "tmpBytes": job.Limits.TmpBytes, "workspaceBytes": job.Limits.WorkspaceBytes,
		},
		"gate":      map[string]any{"closed": closed, "deadlineMillis": job.Gate.DeadlineMillis},
		"exec":      map[string]any{"allow": job.Exec.Allow, "allowJit": job.Exec.AllowJIT},
		"storage":   map[string]any{"allow": storageRules(job.Storage.Allow), "deny": storageRules(job.Storage.Deny)},
		"workspace": map[string]any{"source": string(job.Workspace.Origin), "subPath": job.Workspace.SubPath, "files": files, "outputs": outputs, "commit": job.Workspace.Commit},
		"network":   networkTree(job.Network),
		"authority": job.Authority,
	})
	if err != nil {
		panic(err) // strings, numbers and bytes always encode
	}
	return text
}

func storageRules(rules []workspace.Rule) []map[string]any {
	written := make([]map[string]any, len(rules))
	for i, rule := range rules {
		access := []string{}
		if rule.Access&workspace.Read != 0 {
			access = append(access, "read")
		}
		if rule.Access&workspace.Write != 0 {
			access = append(access, "write")
		}
		written[i] = map[string]any{"uri": rule.Pattern.String(), "access": access}
	}
	return written
}
