package channel

import "strconv"

// MaxEvents bounds the event frames of one run. MaxEventResource and MaxCalledAs are in bytes.
const (
	MaxEvents        = 4096
	MaxEventResource = 1024
	MaxCalledAs      = 64
)

// Verdict says what became of what a tool tried.
type Verdict string

const (
	Allowed Verdict = "Allowed"
	Denied  Verdict = "Denied"
	Failed  Verdict = "Error" // nobody refused it
)

// Event tells of a program that the tool, or a process of it, became or tried to become.
type Event struct {
	Program  string // path of the file, as the kernel has it; "other programs" where there are more than can be told apart
	Result   Verdict
	CalledAs string // where the file is several programs: which; else empty
	SHA256   string // of the file, 64 hexadecimal digits; empty where it could not be read, or not in time
	Count    int64  // how often, at least once
}

// The wire form, in the key order of the golden files.
type (
	event struct {
		Type      string  `json:"type"`
		EventType string  `json:"eventType"`
		Resource  string  `json:"resource"`
		Action    string  `json:"action"`
		Result    Verdict `json:"result"`
		Detail    any     `json:"detail"`
	}
	eventDetail struct {
		CalledAs string `json:"calledAs,omitempty"`
		Count    string `json:"count"`
		SHA256   string `json:"sha256,omitempty"`
	}
	attemptDetail struct {
		Cause    Cause    `json:"cause"`
		Count    string   `json:"count"`
		Protocol Protocol `json:"protocol"`
	}
)

// Encode returns the frame's text.
func (e Event) Encode() []byte {
	return encode(event{"event", "ProcessExec", e.Program, "exec", e.Result, eventDetail{e.CalledAs, strconv.FormatInt(e.Count, 10), e.SHA256}})
}

// Protocol is how something on the network was tried.
type Protocol string

const (
	TCP Protocol = "tcp"
	UDP Protocol = "udp"
	DNS Protocol = "dns" // a name was asked for
)

// Cause is why an attempt came to nothing of which a gateway knows.
type Cause string

const (
	NotAllowed         Cause = "NotAllowed"         // no rule allows it
	NoRoom             Cause = "NoRoom"             // of TCP and DNS: it is allowed, and there are as many connections, or names, as the box has room for
	GatewayUnreachable Cause = "GatewayUnreachable" // of TCP: it is allowed, and no gateway that has the run answered
	Abandoned          Cause = "Abandoned"          // of TCP: it is allowed, and the tool was over before a gateway was asked
)

// Result is what the record calls it.
func (c Cause) Result() Verdict {
	if c == NotAllowed || c == NoRoom {
		return Denied
	}
	return Failed
}

// Attempt tells of a place on the network that the tool tried, and of which no gateway knows.
type Attempt struct {
	Resource string // "address:port", "name:port" or, with DNS, the name; OtherAddresses where there are more than can be told apart; printable ASCII
	Protocol Protocol
	Cause    Cause
	Count    int64 // how often, at least once
}

// OtherAddresses stands for all beyond those that are told apart. It is no address and no name.
const OtherAddresses = "other addresses"

// Encode returns the frame's text.
func (a Attempt) Encode() []byte {
	action := "connect"
	if a.Protocol == DNS {
		action = "resolve"
	}
	return encode(event{"event", "NetworkAccess", a.Resource, action, a.Cause.Result(), attemptDetail{a.Cause, strconv.FormatInt(a.Count, 10), a.Protocol}})
}
