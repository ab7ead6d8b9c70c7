// Package channel is the supervisor's side of the run channel: its frames and its transport. README.md and golden/ in this folder are the contract.
package channel

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"cofferdam.dev/sandbox-image/network"
	"cofferdam.dev/sandbox-image/strictjson"
	"cofferdam.dev/sandbox-image/workspace"
)

// MaxFromGateway bounds a frame of the gateway, in bytes.
const MaxFromGateway = 1 << 20

// Bounds of a job. The policy's own limits are narrower; these only keep a broken gateway from breaking the supervisor.
const (
	maxArguments     = 1024
	maxEnvironment   = 1024
	maxSecrets       = 64
	maxTextBytes     = 256 << 10
	maxStdinBytes    = 64 << 10
	maxSessionBytes  = 4 << 10
	maxReasonBytes   = 1 << 10
	maxTimeoutMillis = 7 * 24 * 60 * 60 * 1000
	maxProcesses     = 1 << 16
	minOpenFiles     = 16 // fewer, and a dynamic loader cannot start
	maxOpenFiles     = 1 << 20
	maxOutputBytes   = 4 << 20
	minTmpfsBytes    = 4096 // one page: zero would mean no limit to tmpfs
	maxTmpfsBytes    = 1 << 40
	maxClosed        = 32
	maxAddressBytes  = 64
	maxGateMillis    = 20_000 // less than building the box may take
	maxCommands      = 512
	maxCommandBytes  = 4096

	maxAuthorityBytes = 4096
)

// FromGateway is one frame of the gateway: Job, Resumed, Stop, Freeze or Stored.
type FromGateway interface{ fromGateway() }

// Job is the one tool call that this pod exists for.
type Job struct {
	Session     string // secret: proves a reconnecting supervisor to be the one that got the job
	Argv        []string
	Stdin       []byte
	Environment []Variable // complete; the tool gets nothing else
	Secrets     []string   // names of files of the pod's volume of secrets: those that the tool gets
	Limits      Limits
	Gate        Gate
	Storage     workspace.Rules  // what of the workspace the tool may read and write
	Workspace   workspace.Source // what it begins with; where neither says anything, /workspace is scratch space
	Exec        Exec
	Network     network.Rules // where the tool may connect to
	Authority   string        // PEM of what it is to trust beside what its image does, because the gateway ends some of its TLS; empty: nothing
}

// Exec names the programs that may run besides the tool's own.
type Exec struct {
	Allow    []string // names, absolute paths, or "*" for all of the image; empty: none
	AllowJIT bool     // executable memory that is in no file of the image
}

// Gate names what no packet of this pod may reach, lest the tool be started.
type Gate struct {
	Closed         []Address // at least one
	DeadlineMillis int64     // how long what is open may take to close, from the job on
}

// Address is one place on the network. Without a host it is on the gateway's own address, the one that this pod dialled.
type Address struct{ Network, Address string }

func (a Address) String() string { return a.Network + "/" + a.Address }

// Variable is one environment variable.
type Variable struct{ Name, Value string }

// Limits of the tool and all that it starts.
type Limits struct {
	TimeoutMillis  int64 // wall clock, from `started`
	CPUTimeMillis  int64 // of the processor, by all processes together; 0: not bounded
	Processes      int   // tasks at a time; a thread is a task
	OpenFiles      int   // a process
	OutputBytes    int   // of each stream, that travel; the rest is counted
	TmpBytes       int64
	WorkspaceBytes int64
}

// Resumed asks for all frames again, from `started` on. Tunnels go to Gateway from now on; it is empty where the run has no network.
type Resumed struct{ Gateway string }

// Stop orders the tool killed. Reason is for the record.
type Stop struct{ Reason string }

// Freeze orders the tool and all that it started stopped for good, and kept as they are. Reason is for the record.
type Freeze struct{ Reason string }

// Stored says that the facts are in the API server: the supervisor's work is done.
type Stored struct{}

func (Job) fromGateway()     {}
func (Resumed) fromGateway() {}
func (Stop) fromGateway()    {}
func (Freeze) fromGateway()  {}
func (Stored) fromGateway()  {}

// DecodeFromGateway reads one frame. Anything but exactly a frame of the contract is an error.
func DecodeFromGateway(text []byte) (FromGateway, error) {
	if len(text) > MaxFromGateway {
		return nil, fmt.Errorf("frame of %d bytes, the bound is %d", len(text), MaxFromGateway)
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
	case "job":
		return job(fields)
	case "resumed":
		if err := fields.Exactly("type", "gateway"); err != nil {
			return nil, err
		}
		gateway, err := gatewayAddress(fields)
		return Resumed{Gateway: gateway}, err
	case "stop":
		if err := fields.Exactly("type", "reason"); err != nil {
			return nil, err
		}
		reason, err := fields.String("reason", maxReasonBytes)
		return Stop{Reason: reason}, err
	case "freeze":
		if err := fields.Exactly("type", "reason"); err != nil {
			return nil, err
		}
		reason, err := fields.String("reason", maxReasonBytes)
		return Freeze{Reason: reason}, err
	case "stored":
		return Stored{}, fields.Exactly("type")
	default:
		return nil, fmt.Errorf("unknown type %q", kind)
	}
}

func job(fields strictjson.Fields) (Job, error) {
	if err := fields.Exactly("type", "session", "argv", "stdin", "environment", "secrets", "limits", "gate", "exec", "storage", "workspace", "network", "authority"); err != nil {
		return Job{}, err
	}
	session, err := fields.String("session", maxSessionBytes)
	if err != nil {
		return Job{}, err
	}
	if session == "" || strings.ContainsFunc(session, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Job{}, errors.New("the session is not a header value") // never quoted: it is a secret
	}
	argv, err := fields.Strings("argv", maxArguments)
	if err != nil {
		return Job{}, err
	}
	if len(argv) == 0 || argv[0] == "" {
		return Job{}, errors.New("argv names no program")
	}
	bytes := 0
	for _, argument := range argv {
		bytes += len(argument) + 1
		if strings.ContainsRune(argument, 0) {
			return Job{}, errors.New("an argument has a NUL byte: no program can be given one")
		}
	}
	stdin, err := fields.Base64("stdin", maxStdinBytes)
	if err != nil {
		return Job{}, err
	}
	variables, err := environment(fields)
	if err != nil {
		return Job{}, err
	}
	for _, variable := range variables {
		bytes += len(variable.Name) + len(variable.Value) + 2
	}
	if bytes > maxTextBytes {
		return Job{}, fmt.Errorf("arguments and environment have %d bytes, the bound is %d", bytes, maxTextBytes)
	}
	secrets, err := secrets(fields)
	if err != nil {
		return Job{}, err
	}
	limits, err := limits(fields["limits"])
	if err != nil {
		return Job{}, fmt.Errorf("limits: %w", err)
	}
	gate, err := gate(fields["gate"])
	if err != nil {
		return Job{}, fmt.Errorf("gate: %w", err)
	}
	exec, err := exec(fields["exec"])
	if err != nil {
		return Job{}, fmt.Errorf("exec: %w", err)
	}
	storage, err := Storage(fields["storage"])
	if err != nil {
		return Job{}, fmt.Errorf("storage: %w", err)
	}
	source, err := source(fields["workspace"])
	if err != nil {
		return Job{}, fmt.Errorf("workspace: %w", err)
	}
	rules, err := networkRules(fields["network"], source.Commit)
	if err != nil {
		return Job{}, fmt.Errorf("network: %w", err)
	}
	authority, err := authority(fields)
	if err != nil {
		return Job{}, err
	}
	return Job{
		Session: session, Argv: argv, Stdin: stdin, Environment: variables, Secrets: secrets, Limits: limits, Gate: gate, Exec: exec, Storage: storage, Workspace: source,
		Network: rules, Authority: authority,
	}, nil
}

// authority reads exactly one certificate in PEM, or nothing.
func authority(fields strictjson.Fields) (string, error) {
	text, err := fields.String("authority", maxAuthorityBytes)
	if err != nil || text == "" {
		return "", err
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || len(block.Headers) > 0 || len(rest) > 0 || !strings.HasPrefix(text, "-----BEGIN ") {
		return "", errors.New("the authority is not one certificate")
	}
	if certificate, err := x509.ParseCertificate(block.Bytes); err != nil || !certificate.IsCA {
		return "", errors.New("the authority is not a certificate of one")
	}
	return text, nil
}

func exec(raw json.RawMessage) (Exec, error) {
	fields, err := strictjson.Object(raw)
	if err != nil {
		return Exec{}, err
	}
	if err := fields.Exactly("allow", "allowJit"); err != nil {
		return Exec{}, err
	}
	commands, err := fields.Strings("allow", maxCommands)
	if err != nil {
		return Exec{}, err
	}
	for _, command := range commands {
		if command == "" || len(command) > maxCommandBytes || strings.ContainsRune(command, 0) || strings.Contains(command, "/") && command[0] != '/' {
			return Exec{}, errors.New("a command is neither a name nor an absolute path")
		}
	}
	allowJIT, err := fields.Boolean("allowJit")
	return Exec{Allow: commands, AllowJIT: allowJIT}, err
}

func gate(raw json.RawMessage) (Gate, error) {
	fields, err := strictjson.Object(raw)
	if err != nil {
		return Gate{}, err
	}
	if err := fields.Exactly("closed", "deadlineMillis"); err != nil {
		return Gate{}, err
	}
	deadline, err := fields.Integer("deadlineMillis", 0, maxGateMillis)
	if err != nil {
		return Gate{}, err
	}
	elements, err := fields.Elements("closed", maxClosed)
	if err != nil {
		return Gate{}, err
	}
	if len(elements) == 0 {
		return Gate{}, errors.New("nothing is to be closed: such a gate would let everything pass")
	}
	closed := make([]Address, len(elements))
	for i, element := range elements {
		if closed[i], err = address(element); err != nil {
			return Gate{}, fmt.Errorf("closed[%d]: %w", i, err)
		}
	}
	return Gate{Closed: closed, DeadlineMillis: deadline}, nil
}

func address(element json.RawMessage) (Address, error) {
	fields, err := strictjson.Object(element)
	if err != nil {
		return Address{}, err
	}
	if err := fields.Exactly("network", "address"); err != nil {
		return Address{}, err
	}
	network, err := fields.String("network", 3)
	if err != nil {
		return Address{}, err
	}
	if network != "tcp" && network != "udp" {
		return Address{}, errors.New("the network is neither tcp nor udp")
	}
	text, err := fields.String("address", maxAddressBytes)
	if err != nil {
		return Address{}, err
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return Address{}, err
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" {
		return Address{}, errors.New("the host is not an address: a sandbox has no DNS")
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return Address{}, errors.New("not a port")
	}
	return Address{Network: network, Address: text}, nil
}

func environment(fields strictjson.Fields) ([]Variable, error) {
	elements, err := fields.Elements("environment", maxEnvironment)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	variables := make([]Variable, len(elements))
	for i, element := range elements {
		variable, err := variable(element)
		if err != nil {
			return nil, fmt.Errorf("environment[%d]: %w", i, err)
		}
		if seen[variable.Name] {
			return nil, fmt.Errorf("environment[%d]: %q is given twice", i, variable.Name)
		}
		seen[variable.Name] = true
		variables[i] = variable
	}
	return variables, nil
}

func variable(element json.RawMessage) (Variable, error) {
	fields, err := strictjson.Object(element)
	if err != nil {
		return Variable{}, err
	}
	if err := fields.Exactly("name", "value"); err != nil {
		return Variable{}, err
	}
	name, err := fields.String("name", maxTextBytes)
	if err != nil {
		return Variable{}, err
	}
	value, err := fields.String("value", maxTextBytes)
	if err != nil {
		return Variable{}, err
	}
	if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(value, 0) {
		return Variable{}, errors.New("not an environment variable")
	}
	return Variable{Name: name, Value: value}, nil
}

// isSecretName tells whether text is a name, which is that of a file, too: [A-Za-z_][A-Za-z0-9_.-]{0,62}, so no path, and none that is hidden.
func isSecretName(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
	return text != "" && len(text) <= 63 && strings.Trim(text, letters+"0123456789.-") == "" && strings.ContainsRune(letters, rune(text[0]))
}

func secrets(fields strictjson.Fields) ([]string, error) {
	names, err := fields.Strings("secrets", maxSecrets)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i, name := range names {
		if !isSecretName(name) || seen[name] {
			return nil, fmt.Errorf("secrets[%d] is not the name of a secret, or given twice", i)
		}
		seen[name] = true
	}
	return names, nil
}

func limits(raw json.RawMessage) (Limits, error) {
	fields, err := strictjson.Object(raw)
	if err != nil {
		return Limits{}, err
	}
	if err := fields.Exactly("timeoutMillis", "cpuTimeMillis", "processes", "openFiles", "outputBytes", "tmpBytes", "workspaceBytes"); err != nil {
		return Limits{}, err
	}
	timeout, err1 := fields.Integer("timeoutMillis", 1, maxTimeoutMillis)
	cpuTime, err7 := fields.Integer("cpuTimeMillis", 0, maxTimeoutMillis)
	processes, err2 := fields.Integer("processes", 1, maxProcesses)
	openFiles, err3 := fields.Integer("openFiles", minOpenFiles, maxOpenFiles)
	output, err4 := fields.Integer("outputBytes", 0, maxOutputBytes)
	tmp, err5 := fields.Integer("tmpBytes", minTmpfsBytes, maxTmpfsBytes)
	workspace, err6 := fields.Integer("workspaceBytes", minTmpfsBytes, maxTmpfsBytes)
	return Limits{
		TimeoutMillis:  timeout,
		CPUTimeMillis:  cpuTime,
		Processes:      int(processes),
		OpenFiles:      int(openFiles),
		OutputBytes:    int(output),
		TmpBytes:       tmp,
		WorkspaceBytes: workspace,
	}, errors.Join(err1, err2, err3, err4, err5, err6, err7)
}
