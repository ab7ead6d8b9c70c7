package seccomp

import (
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data. Arguments are 64 bits wide; the low halves come first on this architecture.
const (
	offsetCall      = 0
	offsetArch      = 4
	offsetArguments = 16
)

const (
	archAMD64 = 0xc000003e
	x32Bit    = 0x40000000
	noCall    = 0xffffffff // syscall(-1), which some programs use to probe: an ordinary ENOSYS
)

const (
	allow = uint32(unix.SECCOMP_RET_ALLOW)
	kill  = uint32(unix.SECCOMP_RET_KILL_PROCESS)
)

// maxLinear is how many system calls are compared one by one at the leaves of the search.
const maxLinear = 4

// A condition compiles to a test of arguments that falls through if it holds, and jumps over the next `skip` instructions if not.
type condition func(skip int) []bpf.Instruction

// Program compiles the rules; those on code are left out for just-in-time compilers. Calls are found by binary search, because the filter runs at
// every system call of the tool.
func Program(allowJIT bool) ([]bpf.RawInstruction, error) {
	rules := rules
	if !allowJIT {
		rules = join(rules, codeRules)
	}
	if len(rules) == 0 {
		return nil, fmt.Errorf("no rules")
	}
	sorted := slices.Clone(rules)
	slices.SortStableFunc(sorted, func(a, b rule) int { return cmp.Compare(a.call, b.call) })
	var calls [][]rule // rules of one call, in their order: the first that holds decides
	for _, next := range sorted {
		if last := len(calls) - 1; last >= 0 && calls[last][0].call == next.call {
			calls[last] = append(calls[last], next)
		} else {
			calls = append(calls, []rule{next})
		}
	}
	program := []bpf.Instruction{
		// The same number is another call for i386 and x32 programs: nobody here has a reason to be one.
		bpf.LoadAbsolute{Off: offsetArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: archAMD64, SkipTrue: 1},
		bpf.RetConstant{Val: kill},
		bpf.LoadAbsolute{Off: offsetCall, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: noCall, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: x32Bit, SkipTrue: 1},
		bpf.RetConstant{Val: kill},
	}
	search, err := search(calls)
	if err != nil {
		return nil, err
	}
	return bpf.Assemble(append(program, search...))
}

// search expects the call's number in the accumulator and always ends in a return.
func search(calls [][]rule) ([]bpf.Instruction, error) {
	if len(calls) <= maxLinear {
		var program []bpf.Instruction
		for _, rules := range calls {
			body := test(rules)
			program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: rules[0].call, SkipFalse: uint8(len(body))})
			program = append(program, body...)
		}
		return append(program, bpf.RetConstant{Val: allow}), nil
	}
	middle := len(calls) / 2
	below, err := search(calls[:middle])
	if err != nil {
		return nil, err
	}
	rest, err := search(calls[middle:])
	if err != nil {
		return nil, err
	}
	if len(below) > 255 { // a jump's reach
		return nil, fmt.Errorf("half of the search has %d instructions, a jump reaches 255: raise the depth of the search", len(below))
	}
	program := []bpf.Instruction{bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: calls[middle][0].call, SkipTrue: uint8(len(below))}}
	return append(append(program, below...), rest...), nil
}

// test decides on one call whose number matched.
func test(rules []rule) []bpf.Instruction {
	var program []bpf.Instruction
	for _, rule := range rules {
		refuse := bpf.RetConstant{Val: uint32(unix.SECCOMP_RET_ERRNO) | uint32(rule.errno)}
		if rule.when == nil {
			return append(program, refuse)
		}
		program = append(append(program, rule.when(1)...), refuse)
	}
	return append(program, bpf.RetConstant{Val: allow})
}

// The kernel compares only the low half of these arguments too: they are ints.
func argument(index int) bpf.Instruction {
	return bpf.LoadAbsolute{Off: offsetArguments + 8*uint32(index), Size: 4}
}

// anyBit holds if the argument has a bit of the mask.
func anyBit(index int, mask uint32) condition {
	return func(skip int) []bpf.Instruction {
		return []bpf.Instruction{argument(index), bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: mask, SkipFalse: uint8(skip)}}
	}
}

// oneOf holds if the argument is one of the values.
func oneOf(index int, values ...uint32) condition { return masked(index, noCall, values...) }

// masked holds if the argument's bits under the mask are one of the values.
func masked(index int, mask uint32, values ...uint32) condition {
	return func(skip int) []bpf.Instruction {
		program := []bpf.Instruction{argument(index), bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask}}
		for i, value := range values {
			jump := bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: uint8(len(values) - i - 1)}
			if i == len(values)-1 {
				jump.SkipFalse = uint8(skip)
			}
			program = append(program, jump)
		}
		return program
	}
}

// noneOf holds if the argument is none of the values.
func noneOf(index int, values ...uint32) condition {
	return func(skip int) []bpf.Instruction {
		program := []bpf.Instruction{argument(index)}
		for i, value := range values {
			program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: uint8(len(values) - i - 1 + skip)})
		}
		return program
	}
}

// both holds if two conditions do.
func both(first, second condition) condition {
	return func(skip int) []bpf.Instruction {
		rest := second(skip)
		return append(first(skip+len(rest)), rest...)
	}
}
