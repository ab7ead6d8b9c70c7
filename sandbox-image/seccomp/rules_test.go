package seccomp

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const archI386 = 0x40000003

// call is what the kernel shows the filter of one system call.
type call struct {
	number    uint32
	arch      uint32 // 0: amd64
	arguments [6]uint64
}

// decide runs the filter. The x/net/bpf VM reads numbers as a packet has them, in network order; seccomp_data has them in the machine's, so each
// 32-bit word is turned round.
func decide(t *testing.T, vm *bpf.VM, c call) uint32 {
	t.Helper()
	if c.arch == 0 {
		c.arch = archAMD64
	}
	var data [64]byte
	binary.BigEndian.PutUint32(data[offsetCall:], c.number)
	binary.BigEndian.PutUint32(data[offsetArch:], c.arch)
	for i, argument := range c.arguments {
		binary.BigEndian.PutUint32(data[offsetArguments+8*i:], uint32(argument))
		binary.BigEndian.PutUint32(data[offsetArguments+8*i+4:], uint32(argument>>32))
	}
	result, err := vm.Run(data[:])
	if err != nil {
		t.Fatal(err)
	}
	return uint32(result)
}

func filter(t *testing.T, allowJIT bool) *bpf.VM {
	t.Helper()
	raw, err := Program(allowJIT)
	if err != nil {
		t.Fatal(err)
	}
	instructions, decoded := bpf.Disassemble(raw)
	if !decoded {
		t.Fatal("the program has instructions that cannot be decoded")
	}
	vm, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func refused(errno unix.Errno) uint32 { return uint32(unix.SECCOMP_RET_ERRNO) | uint32(errno) }

func TestEveryCallIsDecidedAsTheRulesSay(t *testing.T) {
	vm := filter(t, false)
	always := map[uint32]uint32{}
	conditional := map[uint32]bool{}
	for _, rule := range join(rules, codeRules) {
		if rule.when == nil {
			always[rule.call] = refused(rule.errno)
		} else {
			conditional[rule.call] = true
		}
	}
	if len(always) < 50 {
		t.Fatalf("only %d calls are denied", len(always))
	}
	for number := range uint32(1024) {
		if conditional[number] {
			continue
		}
		want, denied := always[number]
		if !denied {
			want = allow
		}
		if got := decide(t, vm, call{number: number}); got != want {
			t.Errorf("call %d: %#x, want %#x", number, got, want)
		}
	}
}

func TestArgumentsDecide(t *testing.T) {
	vm := filter(t, false)
	const threadFlags = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD | unix.CLONE_SYSVSEM |
		unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_CLEARTID
	for name, each := range map[string]struct {
		number    uint32
		arguments [6]uint64
		want      uint32
	}{
		"fork":              {unix.SYS_CLONE, [6]uint64{uint64(unix.SIGCHLD)}, allow},
		"thread":            {unix.SYS_CLONE, [6]uint64{threadFlags}, allow},
		"clone newuser":     {unix.SYS_CLONE, [6]uint64{unix.CLONE_NEWUSER | uint64(unix.SIGCHLD)}, refused(unix.EPERM)},
		"clone newnet":      {unix.SYS_CLONE, [6]uint64{unix.CLONE_NEWNET}, refused(unix.EPERM)},
		"clone newns":       {unix.SYS_CLONE, [6]uint64{unix.CLONE_NEWNS | threadFlags}, refused(unix.EPERM)},
		"clone newcgroup":   {unix.SYS_CLONE, [6]uint64{unix.CLONE_NEWCGROUP}, refused(unix.EPERM)},
		"clone untraced":    {unix.SYS_CLONE, [6]uint64{unix.CLONE_UNTRACED | uint64(unix.SIGCHLD)}, refused(unix.EPERM)},
		"load a library":    {unix.SYS_MMAP, [6]uint64{0, 4096, unix.PROT_READ | unix.PROT_EXEC, unix.MAP_PRIVATE, 3}, allow},
		"memory":            {unix.SYS_MMAP, [6]uint64{0, 4096, unix.PROT_READ | unix.PROT_WRITE, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS}, allow},
		"anonymous code":    {unix.SYS_MMAP, [6]uint64{0, 4096, unix.PROT_READ | unix.PROT_EXEC, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS}, refused(unix.EPERM)},
		"writable code":     {unix.SYS_MMAP, [6]uint64{0, 4096, unix.PROT_READ | unix.PROT_WRITE | unix.PROT_EXEC, unix.MAP_PRIVATE, 3}, refused(unix.EPERM)},
		"protect":           {unix.SYS_MPROTECT, [6]uint64{0, 4096, unix.PROT_READ}, allow},
		"make code":         {unix.SYS_MPROTECT, [6]uint64{0, 4096, unix.PROT_READ | unix.PROT_EXEC}, refused(unix.EPERM)},
		"make code by key":  {unix.SYS_PKEY_MPROTECT, [6]uint64{0, 4096, unix.PROT_EXEC}, refused(unix.EPERM)},
		"shared memory":     {unix.SYS_SHMAT, [6]uint64{1, 0, 0}, allow},
		"shared code":       {unix.SYS_SHMAT, [6]uint64{1, 0, shmExec}, refused(unix.EPERM)},
		"clone, high half":  {unix.SYS_CLONE, [6]uint64{1<<32 | unix.CLONE_NEWPID}, refused(unix.EPERM)},
		"clone3":            {unix.SYS_CLONE3, [6]uint64{}, refused(unix.ENOSYS)},
		"unix":              {unix.SYS_SOCKET, [6]uint64{unix.AF_UNIX, unix.SOCK_STREAM | unix.SOCK_CLOEXEC}, allow},
		"tcp":               {unix.SYS_SOCKET, [6]uint64{unix.AF_INET, unix.SOCK_STREAM | unix.SOCK_NONBLOCK}, allow},
		"udp6":              {unix.SYS_SOCKET, [6]uint64{unix.AF_INET6, unix.SOCK_DGRAM}, allow},
		"ping":              {unix.SYS_SOCKET, [6]uint64{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}, refused(unix.EPERM)},
		"ping6":             {unix.SYS_SOCKET, [6]uint64{unix.AF_INET6, unix.SOCK_DGRAM | unix.SOCK_CLOEXEC, unix.IPPROTO_ICMPV6}, refused(unix.EPERM)},
		"udp by number":     {unix.SYS_SOCKET, [6]uint64{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDP}, allow},
		"raw":               {unix.SYS_SOCKET, [6]uint64{unix.AF_INET, unix.SOCK_RAW | unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP}, refused(unix.EPERM)},
		"raw6":              {unix.SYS_SOCKET, [6]uint64{unix.AF_INET6, unix.SOCK_RAW}, refused(unix.EPERM)},
		"inet packet":       {unix.SYS_SOCKET, [6]uint64{unix.AF_INET, sockPacket}, refused(unix.EPERM)},
		"packet":            {unix.SYS_SOCKET, [6]uint64{unix.AF_PACKET, unix.SOCK_RAW}, refused(unix.EAFNOSUPPORT)},
		"vsock":             {unix.SYS_SOCKET, [6]uint64{unix.AF_VSOCK, unix.SOCK_STREAM}, refused(unix.EAFNOSUPPORT)},
		"alg":               {unix.SYS_SOCKET, [6]uint64{unix.AF_ALG, unix.SOCK_SEQPACKET}, refused(unix.EAFNOSUPPORT)},
		"route":             {unix.SYS_SOCKET, [6]uint64{unix.AF_NETLINK, unix.SOCK_RAW | unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE}, allow},
		"audit":             {unix.SYS_SOCKET, [6]uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_AUDIT}, refused(unix.EPROTONOSUPPORT)},
		"personality":       {unix.SYS_PERSONALITY, [6]uint64{0}, allow},
		"personality query": {unix.SYS_PERSONALITY, [6]uint64{queryPersona}, allow},
		"read implies exec": {unix.SYS_PERSONALITY, [6]uint64{0x0400000}, refused(unix.EPERM)},
		"terminal size":     {unix.SYS_IOCTL, [6]uint64{1, unix.TIOCGWINSZ}, allow},
		"terminal input":    {unix.SYS_IOCTL, [6]uint64{0, unix.TIOCSTI}, refused(unix.EPERM)},
		"same, high half":   {unix.SYS_IOCTL, [6]uint64{0, 1<<32 | unix.TIOCSTI}, refused(unix.EPERM)},
	} {
		if got := decide(t, vm, call{number: each.number, arguments: each.arguments}); got != each.want {
			t.Errorf("%s: %#x, want %#x", name, got, each.want)
		}
	}
}

func TestACompilerMayMakeCodeAndNothingElse(t *testing.T) {
	with, without := filter(t, true), filter(t, false)
	anyCode := [6]uint64{0, 4096, unix.PROT_READ | unix.PROT_WRITE | unix.PROT_EXEC, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS}
	for _, rule := range codeRules {
		if got := decide(t, with, call{number: rule.call, arguments: anyCode}); got != allow {
			t.Errorf("call %d: %#x", rule.call, got)
		}
	}
	for _, rule := range rules {
		each := call{number: rule.call, arguments: [6]uint64{unix.CLONE_NEWUSER, unix.TIOCSTI}}
		if got, want := decide(t, with, each), decide(t, without, each); got != want {
			t.Errorf("call %d: %#x, without: %#x", rule.call, got, want)
		}
	}
}

func TestOtherArchitecturesAreKilled(t *testing.T) {
	vm := filter(t, false)
	for name, each := range map[string]struct {
		call call
		want uint32
	}{
		"i386":        {call{number: 4, arch: archI386}, kill},
		"x32":         {call{number: x32Bit | unix.SYS_READ}, kill},
		"x32 mount":   {call{number: x32Bit | unix.SYS_MOUNT}, kill},
		"no call":     {call{number: noCall}, allow},
		"amd64 write": {call{number: unix.SYS_WRITE}, allow},
	} {
		if got := decide(t, vm, each.call); got != each.want {
			t.Errorf("%s: %#x, want %#x", name, got, each.want)
		}
	}
}
