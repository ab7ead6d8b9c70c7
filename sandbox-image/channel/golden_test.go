package channel_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/changes"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
	"cofferdam.dev/sandbox-image/workspace"
)

func pattern(text string) workspace.Pattern {
	pattern, err := workspace.ParsePattern(text)
	if err != nil {
		panic(err)
	}
	return pattern
}

// authority is a certificate of one that nobody has the key of.
const authority = `-----BEGIN CERTIFICATE-----
MIIBxzCCAW2gAwIBAgIUOVtp53d1V3IkMB2pbzlxuMXqFTcwCgYIKoZIzj0EAwIw
MDEuMCwGA1UEAwwlY29mZmVyZGFtIGluc3BlY3Rpb24gMDEyMzQ1Njc4OWFiY2Rl
ZjAgFw0yNjExMjIwMjU0MTNaGA8yMTI2MTAyOTAyNTQxM1owMDEuMCwGA1UEAwwl
Y29mZmVyZGFtIGluc3BlY3Rpb24gMDEyMzQ1Njc4OWFiY2RlZjBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABLcHr/LXRYLIogNUyMPnQkoS/7DV6ptxMcLTWONOfksC
6dj9KWyxVvh+fpRd9pibvu4uugNeFAqHUsmWk4MfrxujYzBhMB0GA1UdDgQWBBSl
z1YdwfUt73W18ovKxAkrr1hM+zAfBgNVHSMEGDAWgBSlz1YdwfUt73W18ovKxAkr
r1hM+zAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggqhkjOPQQD
AgNIADBFAiEAuw9sXjmhNqgBK1kWrc4QHWuV7MDmrwZSLilRhhRJRWcCIGu4K7I4
ZzSDSRSGj2B8EzjXki5xE8pInYRQyugPEjVd
-----END CERTIFICATE-----
`

// What each golden file means. A file that is not here fails the test, and so does a name here without a file.
var fromGateway = map[string]channel.FromGateway{
	"from-gateway-job.json": channel.Job{
		Session:     "c2Vzc2lvbg",
		Argv:        []string{"python3", "-c", "print('hello \"world\"\n🙂')"},
		Stdin:       []byte{0xff, 0xfe, 'h', 'i', 0},
		Environment: []channel.Variable{{Name: "LANG", Value: "C.UTF-8"}, {Name: "EMPTY", Value: ""}},
		Secrets:     []string{"registry_token", "Key.2-b"},
		Limits: channel.Limits{
			TimeoutMillis: 10_000, CPUTimeMillis: 5_000, Processes: 64, OpenFiles: 256, OutputBytes: 65536, TmpBytes: 64 << 20, WorkspaceBytes: 64 << 20,
		},
		Gate: channel.Gate{
			Closed: []channel.Address{
				{"tcp", ":8444"}, {"tcp", "10.96.0.1:443"}, {"tcp", "10.0.0.7:10250"}, {"tcp", "[fd00::a]:53"}, {"udp", "[fd00::a]:53"},
			},
			DeadlineMillis: 10_000,
		},
		Exec: channel.Exec{Allow: []string{"/usr/bin/python3", "git"}, AllowJIT: true},
		Storage: workspace.Rules{
			Allow: []workspace.Rule{{Pattern: pattern("fs:///workspace/**"), Access: workspace.Read | workspace.Write}},
			Deny: []workspace.Rule{
				{Pattern: pattern("fs:///workspace/**/*.key"), Access: workspace.Write}, {Pattern: pattern("fs:///workspace/secrets"), Access: workspace.Read | workspace.Write},
			},
		},
		Workspace: workspace.Source{Origin: workspace.Inline, Files: []workspace.File{{Path: `src/a "b".py`, Content: []byte("print()\n")}, {Path: "🙂", Content: []byte{}}}, Outputs: []string{}},
		Network: network.Rules{
			Gateway: "10.244.0.7:8443",
			Allow: []network.Rule{
				{Host: "api.example.com", Ports: []network.PortRange{{First: 443, Last: 443}}, Protocol: network.HTTPS},
				{Host: "*.example.org", Ports: []network.PortRange{{First: 80, Last: 80}, {First: 8000, Last: 8100}}, Protocol: network.HTTP},
				{CIDR: netip.MustParsePrefix("203.0.113.0/24"), Ports: []network.PortRange{{First: 5432, Last: 5432}}, Protocol: network.TCP},
				{CIDR: netip.MustParsePrefix("2001:db8::/32"), Ports: []network.PortRange{{First: 5432, Last: 5432}}, Protocol: network.TCP},
			},
			Deny: []network.Rule{
				{Host: network.Any, Ports: []network.PortRange{}},
				{CIDR: netip.MustParsePrefix("203.0.113.8/32"), Ports: []network.PortRange{{First: 5432, Last: 5432}}, Protocol: network.TCP},
			},
		},
		Authority: authority,
	},
	"from-gateway-job-minimal.json": minimal(workspace.Source{Outputs: []string{}}),
	"from-gateway-job-volume.json": committed(minimal(workspace.Source{
		Origin: workspace.Volume, SubPath: `repo/src "a"`, Outputs: []string{"report.md", `out/a "b"`}, Commit: true,
	})),
	"from-gateway-job-configmap.json": minimal(workspace.Source{Origin: workspace.ConfigMap, Outputs: []string{}}),
	"from-gateway-resumed.json":       channel.Resumed{Gateway: "10.244.0.8:8443"},
	"from-gateway-stop.json":          channel.Stop{Reason: "Cancelled"},
	"from-gateway-freeze.json":        channel.Freeze{Reason: "Quarantined"},
	"from-gateway-stored.json":        channel.Stored{},
}

// minimal is a job with nothing but a workspace.
func minimal(source workspace.Source) channel.Job {
	source.Files = []workspace.File{}
	return channel.Job{
		Session:     "s",
		Argv:        []string{"true"},
		Stdin:       []byte{},
		Environment: []channel.Variable{},
		Secrets:     []string{},
		Limits:      channel.Limits{TimeoutMillis: 1, Processes: 1, OpenFiles: 16, OutputBytes: 0, TmpBytes: 1 << 20, WorkspaceBytes: 1 << 20},
		Gate:        channel.Gate{Closed: []channel.Address{{"tcp", ":8444"}}},
		Exec:        channel.Exec{Allow: []string{}},
		Storage:     workspace.Rules{Allow: []workspace.Rule{}, Deny: []workspace.Rule{}},
		Workspace:   source,
		Network:     network.Rules{Allow: []network.Rule{}, Deny: []network.Rule{}},
	}
}

// committed is a job whose contents go to a gateway.
func committed(job channel.Job) channel.Job {
	job.Network.Gateway = "10.244.0.7:8443"
	return job
}

var fromSupervisor = map[string]interface{ Encode() []byte }{
	"from-supervisor-started.json":       channel.Started{},
	"from-supervisor-output-stdout.json": channel.Output{Stream: channel.Stdout, Data: []byte("hello\n")},
	"from-supervisor-output-stderr.json": channel.Output{Stream: channel.Stderr, Data: []byte{0xff, 0, 0xfe}},
	"from-supervisor-result-exited.json": channel.Result{
		Outcome: channel.Exited, ExitCode: 42, StdoutBytes: 10 << 20, StderrBytes: 3, DurationMillis: 41, CPUMillis: 30, PeakMemoryBytes: 7 << 20,
	},
	"from-supervisor-result-signaled.json": channel.Result{
		Outcome: channel.Signaled, Signal: 11, DurationMillis: 5, CPUMillis: 1, PeakMemoryBytes: 1 << 20,
	},
	"from-supervisor-result-timedout.json": channel.Result{
		Outcome: channel.TimedOut, DurationMillis: 2000, CPUMillis: 10, PeakMemoryBytes: 1 << 20,
	},
	"from-supervisor-result-cputimeexceeded.json": channel.Result{
		Outcome: channel.CPUTimeExceeded, DurationMillis: 2600, CPUMillis: 5020, PeakMemoryBytes: 1 << 20,
	},
	"from-supervisor-result-stopped.json": channel.Result{
		Outcome: channel.Stopped, DurationMillis: 700, CPUMillis: 10, PeakMemoryBytes: 1 << 20,
	},
	"from-supervisor-result-frozen.json": channel.Result{
		Outcome: channel.Frozen, DurationMillis: 700, CPUMillis: 10, PeakMemoryBytes: 1 << 20,
	},
	"from-supervisor-result-toolnotfound.json":      channel.Result{Outcome: channel.ToolNotFound},
	"from-supervisor-result-toolnotexecutable.json": channel.Result{Outcome: channel.ToolNotExecutable},
	"from-supervisor-result-networknotisolated.json": channel.Result{
		Outcome: channel.NetworkNotIsolated, Open: "tcp/10.96.0.1:443", StdoutBytes: 6, DurationMillis: 5012, CPUMillis: 10, PeakMemoryBytes: 1 << 20,
	},
	"from-supervisor-changes.json": channel.Changes{Set: changes.Set{
		Complete: true, Added: 2, Modified: 1, Deleted: 1, Digest: "sha256:" + strings.Repeat("0f", 32),
		Items: []changes.Item{
			{Path: "a \"b\".py", Change: changes.Added, Kind: changes.File, Mode: 0o755, Size: 6, SHA256: strings.Repeat("01", 32)},
			{Path: "old", Change: changes.Deleted},
			{Path: "soft", Change: changes.Added, Kind: changes.Symlink, Mode: 0o777, Size: 1, SHA256: strings.Repeat("23", 32)},
			{Path: "src/🙂", Change: changes.Modified, Kind: changes.File, Mode: 0o644, SHA256: strings.Repeat("45", 32)},
		},
		Violations:      []changes.Violation{{Path: "a\\nb", Reason: changes.NameInvalid}, {Path: "x.key", Reason: changes.NotGranted}},
		ViolationsTotal: 3,
	}, Contents: &channel.Contents{SHA256: strings.Repeat("67", 32), Bytes: 3072}},
	"from-supervisor-outputs.json": channel.Outputs{
		{State: changes.Present, Content: []byte("hello\n")}, {State: changes.Missing}, {State: changes.Present, Content: []byte{}},
		{State: changes.TooLarge}, {State: changes.NoFile}, {State: changes.Unknown},
	},
	"from-supervisor-changes-unknown.json": channel.Changes{},
	"from-supervisor-event-allowed.json": channel.Event{
		Program: "/usr/bin/git", Result: channel.Allowed, SHA256: strings.Repeat("0123456789abcdef", 4), Count: 1,
	},
	"from-supervisor-event-denied.json": channel.Event{
		Program: "/bin/busybox", Result: channel.Denied, CalledAs: "nc", SHA256: strings.Repeat("fedcba9876543210", 4), Count: 100_000,
	},
	"from-supervisor-event-unreadable.json":     channel.Event{Program: "other programs", Result: channel.Denied, Count: 7},
	"from-supervisor-event-connect.json":        channel.Attempt{Resource: "169.254.169.254:80", Protocol: channel.TCP, Cause: channel.NotAllowed, Count: 1},
	"from-supervisor-event-connect-noroom.json": channel.Attempt{Resource: "api.example.com:443", Protocol: channel.TCP, Cause: channel.NoRoom, Count: 20},
	"from-supervisor-event-resolve-noroom.json": channel.Attempt{Resource: "a4097.example.com", Protocol: channel.DNS, Cause: channel.NoRoom, Count: 1},
	"from-supervisor-event-unreachable.json":    channel.Attempt{Resource: "api.example.com:443", Protocol: channel.TCP, Cause: channel.GatewayUnreachable, Count: 3},
	"from-supervisor-event-abandoned.json":      channel.Attempt{Resource: "203.0.113.9:5432", Protocol: channel.TCP, Cause: channel.Abandoned, Count: 1},
	"from-supervisor-event-resolve.json":        channel.Attempt{Resource: "evil.example", Protocol: channel.DNS, Cause: channel.NotAllowed, Count: 2},
	"from-supervisor-event-otheraddresses.json": channel.Attempt{Resource: channel.OtherAddresses, Protocol: channel.UDP, Cause: channel.NotAllowed, Count: 100_000},
	"from-supervisor-result-programnotallowed.json": channel.Result{
		Outcome: channel.ProgramNotAllowed, Program: "/usr/bin/curl", DurationMillis: 12, CPUMillis: 10, PeakMemoryBytes: 1 << 20,
	},
	"from-supervisor-result-secretmissing.json": channel.Result{
		Outcome: channel.SecretMissing, Secrets: []string{"registry_token", "Key.2-b"},
	},
	"from-supervisor-result-secrettoolarge.json": channel.Result{
		Outcome: channel.SecretTooLarge, Secrets: []string{"registry_token"},
	},
	"from-supervisor-result-workspacemissing.json":  channel.Result{Outcome: channel.WorkspaceMissing},
	"from-supervisor-result-workspacetoolarge.json": channel.Result{Outcome: channel.WorkspaceTooLarge},
	"from-supervisor-result-workspacenotreadable.json": channel.Result{
		Outcome: channel.WorkspaceNotReadable, Paths: []string{`a\nb`, "src/key 🙂"},
	},
	"from-supervisor-result-boxfailed.json": channel.Result{Outcome: channel.BoxFailed, Step: "mount-proc"},
}

func TestEveryGoldenFileIsReadAndMeansWhatItSays(t *testing.T) {
	unread := len(fromGateway) + len(fromSupervisor)
	for name, text := range golden(t, "golden") {
		if want, ok := fromGateway[name]; ok {
			unread--
			got, err := channel.DecodeFromGateway(text)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %+v (%v), want %+v", name, got, err, want)
			}
			continue
		}
		frame, ok := fromSupervisor[name]
		if !ok {
			t.Errorf("%s is read by nobody: say here what it means", name)
			continue
		}
		unread--
		if encoded := string(frame.Encode()); encoded != strings.TrimSuffix(string(text), "\n") {
			t.Errorf("%s: %+v is written as %s", name, frame, encoded)
		}
		if got, err := gatewaytest.DecodeFromSupervisor(text); err != nil || !reflect.DeepEqual(got, frame) {
			t.Errorf("%s: got %+v (%v), want %+v", name, got, err, frame)
		}
	}
	if unread != 0 {
		t.Errorf("%d files named here do not exist", unread)
	}
}

func TestEveryRefusedFrameIsRefusedByBothSides(t *testing.T) {
	for name, text := range golden(t, "golden/refused") {
		if got, err := gatewaytest.DecodeFromSupervisor(text); err == nil {
			t.Errorf("%s: the gateway read %+v", name, got)
		}
		if got, err := channel.DecodeFromGateway(text); err == nil {
			t.Errorf("%s: the supervisor read %+v", name, got)
		}
	}
}

func TestFramesOfTheGatewayAreReadStrictly(t *testing.T) {
	valid := string(golden(t, "golden")["from-gateway-job.json"])
	for name, change := range map[string][2]string{
		"another case":          {`"argv"`, `"Argv"`},
		"a key too many":        {`"session"`, `"extra":1,"session"`},
		"a repeated key":        {`"session"`, `"session":"x","session"`},
		"a repeated inner key":  {`"processes":64`, `"processes":64,"processes":65`},
		"no session":            {`"c2Vzc2lvbg"`, `""`},
		"session not a header":  {`"c2Vzc2lvbg"`, `"a\nb"`},
		"no program":            {`["python3",`, `["",`},
		"null program":          {`["python3",`, `[null,`},
		"argument with NUL":     {`"-c"`, `"\u0000"`},
		"stdin not base64":      {`"//5oaQA="`, `"//5oaQA"`},
		"stdin with line break": {`"//5oaQA="`, `"//5o\naQA="`},
		"stdin null":            {`"//5oaQA="`, `null`},
		"variable twice":        {`"EMPTY"`, `"LANG"`},
		"variable with =":       {`"EMPTY"`, `"A=B"`},
		"variable without name": {`"EMPTY"`, `""`},
		"environment null":      {`[{"name":"LANG","value":"C.UTF-8"},{"name":"EMPTY","value":""}]`, `null`},
		"secrets null":          {`["registry_token","Key.2-b"]`, `null`},
		"secret twice":          {`"Key.2-b"`, `"registry_token"`},
		"secret with a path":    {`"Key.2-b"`, `"a/b"`},
		"secret above":          {`"Key.2-b"`, `".."`},
		"hidden secret":         {`"Key.2-b"`, `"..data"`},
		"secret without name":   {`"Key.2-b"`, `""`},
		"no time":               {`10000`, `0`},
		"fraction":              {`10000`, `10000.5`},
		"exponent":              {`10000`, `1e4`},
		"no processes":          {`"processes":64`, `"processes":0`},
		"too few files":         {`"openFiles":256`, `"openFiles":15`},
		"unbounded tmpfs":       {`"tmpBytes":67108864`, `"tmpBytes":0`},
		"output beyond memory":  {`65536`, `1099511627776`},
		"text as a number":      {`65536`, `"65536"`},
		"no gate":               {`"gate"`, `"door"`},
		"nothing closed":        {`[{"network":"tcp","address":":8444"},{"network":"tcp","address":"10.96.0.1:443"},{"network":"tcp","address":"10.0.0.7:10250"},{"network":"tcp","address":"[fd00::a]:53"},{"network":"udp","address":"[fd00::a]:53"}]`, `[]`},
		"gate for ever":         {`"deadlineMillis":10000`, `"deadlineMillis":20001`},
		"another network":       {`"udp"`, `"ip4"`},
		"a name":                {`10.96.0.1:443`, `localhost:443`},
		"no port":               {`10.96.0.1:443`, `10.96.0.1`},
		"port 0":                {`10.96.0.1:443`, `10.96.0.1:0`},
		"port by name":          {`10.96.0.1:443`, `10.96.0.1:https`},
		"no exec":               {`,"exec":{"allow":["/usr/bin/python3","git"],"allowJit":true}`, ``},
		"exec null":             {`{"allow":["/usr/bin/python3","git"],"allowJit":true}`, `null`},
		"exec without list":     {`"allow":["/usr/bin/python3","git"],`, ``},
		"a relative program":    {`"/usr/bin/python3"`, `"usr/bin/python3"`},
		"an empty program":      {`"git"`, `""`},
		"program with NUL":      {`"git"`, `"git\u0000"`},
		"JIT as text":           {`true}`, `"true"}`},
		"broken UTF-8":          {`hello`, "hel\xfflo"},
		"no storage":            {`"storage"`, `"store"`},
		"no workspace":          {`"workspace":{`, `"work":{`},
		"another access":        {`["write"]`, `["execute"]`},
		"access twice":          {`["write"]`, `["write","write"]`},
		"no access":             {`["write"]`, `[]`},
		"unknown source":        {`"source":"inline"`, `"source":"host"`},
		"files of no source":    {`"source":"inline"`, `"source":""`},
		"files of a volume":     {`"source":"inline"`, `"source":"volume"`},
		"sub-path of files":     {`"subPath":""`, `"subPath":"a"`},
		"no commit":             {`,"commit":false`, ``},
		"commit as text":        {`"commit":false`, `"commit":"false"`},
		"commit of files":       {`"commit":false`, `"commit":true`},
		"relative pattern":      {`fs:///workspace/secrets`, `fs://secrets`},
		"pattern with parent":   {`fs:///workspace/secrets`, `fs:///workspace/../etc`},
		"two stars in a name":   {`*.key`, `*.k*y`},
		"absolute path":         {`"🙂"`, `"/etc/passwd"`},
		"path with parent":      {`"🙂"`, `"../etc/passwd"`},
		"path with newline":     {`"🙂"`, `"a\nb"`},
		"file below a file":     {`"🙂"`, `"src/a \"b\".py/c"`},
		"file twice":            {`"🙂"`, `"src/a \"b\".py"`},
		"content not base64":    {`cHJpbnQoKQo=`, `cHJpbnQoKQo`},
		"no network":            {`"network":{"g`, `"net":{"g`},
		"no gateway":            {`10.244.0.7:8443`, ``},
		"gateway by name":       {`10.244.0.7:8443`, `gateway:8443`},
		"gateway without port":  {`10.244.0.7:8443`, `10.244.0.7:0`},
		"no list of denials":    {`"deny":[{"host":"*"`, `"denied":[{"host":"*"`},
		"neither host nor cidr": {`"api.example.com"`, `""`},
		"both host and cidr":    {`"host":"","cidr":"203.0.113.0/24"`, `"host":"a.b","cidr":"203.0.113.0/24"`},
		"host in upper case":    {`"api.example.com"`, `"API.example.com"`},
		"host with final dot":   {`"api.example.com"`, `"api.example.com."`},
		"host is an address":    {`"api.example.com"`, `"192.0.2.1"`},
		"host is a number":      {`"api.example.com"`, `"0x7f"`},
		"star in the middle":    {`"*.example.org"`, `"a.*.org"`},
		"star alone in label":   {`"*.example.org"`, `"*example.org"`},
		"host with NUL":         {`"api.example.com"`, `"api\u0000.com"`},
		"range with host bits":  {`203.0.113.0/24`, `203.0.113.1/24`},
		"range without length":  {`203.0.113.0/24`, `203.0.113.0`},
		"range in another form": {`2001:db8::/32`, `2001:0db8::/32`},
		"network port 0":        {`"8000-8100"`, `"0"`},
		"port with a sign":      {`"8000-8100"`, `"+80"`},
		"port with a zero":      {`"8000-8100"`, `"080"`},
		"port too high":         {`"8000-8100"`, `"65536"`},
		"range backwards":       {`"8000-8100"`, `"8100-8000"`},
		"range of one":          {`"8000-8100"`, `"8000-8000"`},
		"too many ports":        {`"8000-8100"`, `"8000-8300"`},
		"no ports":              {`["443"]`, `[]`},
		"no protocol":           {`"https"`, `""`},
		"another protocol":      {`"https"`, `"udp"`},
		"a rule's key too many": {`"protocol":"https"`, `"protocol":"https","inspect":true`},
	} {
		if !strings.Contains(valid, change[0]) {
			t.Fatalf("%s: the golden job has no %s", name, change[0])
		}
		if got, err := channel.DecodeFromGateway([]byte(strings.Replace(valid, change[0], change[1], 1))); err == nil {
			t.Errorf("%s: read as %+v", name, got)
		}
	}
	committed := string(golden(t, "golden")["from-gateway-job-volume.json"])
	if got, err := channel.DecodeFromGateway([]byte(strings.Replace(committed, "10.244.0.7:8443", "", 1))); err == nil {
		t.Errorf("contents that have nowhere to go: read as %+v", got)
	}
	if got, err := channel.DecodeFromGateway([]byte(strings.Replace(committed, `"commit":true`, `"commit":false`, 1))); err == nil {
		t.Errorf("a gateway for nothing: read as %+v", got)
	}
	if _, err := channel.DecodeFromGateway([]byte(strings.Replace(valid, "hello", strings.Repeat("x", channel.MaxFromGateway), 1))); err == nil {
		t.Error("a frame over the bound was read")
	}
}

func TestTheLargestOutputFrameIsWithinTheBound(t *testing.T) {
	frame := channel.Output{Stream: channel.Stderr, Data: make([]byte, channel.MaxOutputChunk)}.Encode()
	if len(frame) > channel.MaxFromSupervisor {
		t.Errorf("%d bytes", len(frame))
	}
}

// golden reads the files of a folder, and fails on a folder without any.
func golden(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = text
	}
	if len(files) == 0 {
		t.Fatalf("%s is empty", dir)
	}
	return files
}
