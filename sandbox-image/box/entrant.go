package box

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/seccomp"
)

// toolID is the uid and gid that the tool sees as its own: the pod's.
const toolID = 65532

// searchPath is where a program without a slash in its name is looked for. The tool's own PATH has no say: the job may not grant one.
var searchPath = strings.Split("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ":")

// Enter is the main function of the entrant: pid 1 of the tool's namespaces, which gives up everything step by step and then becomes the tool.
// It must run on the main thread: capabilities, no_new_privs and the filter belong to a thread, and execve keeps those of its caller.
func Enter() int {
	unix.CloseOnExec(reportsFD)
	builder := os.NewFile(reportsFD, "reports")
	report := enter(builder)
	send(builder, report) // a builder that is gone needs no report
	return 1
}

func enter(builder *os.File) Report {
	if err := mapUser(toolID, 0, 0); err != nil {
		return failure(&stepError{"map-user", err})
	}
	if err := coverProc(); err != nil {
		return failure(&stepError{"mount-proc", err})
	}
	if err := send(builder, Report{Event: Ready}); err != nil {
		return failure(err)
	}
	orders := json.NewDecoder(os.Stdin)
	var tool Tool
	if err := orders.Decode(&tool); err != nil {
		return failure(err)
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"workspace", func() error { return mountWorkspace(tool) }},
		{"scratch", func() error { return mountTmpfs(scratchDirectory, "1777", tool.TmpBytes) }},
		{"secrets", func() error { return mountSecrets(tool) }},
		{"authorities", func() error { return mountAuthorities(tool) }},
		{"working-directory", func() error { return os.Chdir("/workspace") }},
		{"close-files", closeFilesOnExec},
		{"signals", resetSignals},
		{"umask", func() error { unix.Umask(0o022); return nil }},
		{"drop-capabilities", dropCapabilities},
		{"no-new-privileges", func() error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }},
	} {
		if err := step.do(); err != nil {
			return failure(&stepError{step.name, err})
		}
	}
	program, err := find(tool.Argv[0])
	if err != nil {
		return refusal(tool.Argv[0], err)
	}
	argv0, argv, environment, err := execArguments(program, tool)
	if err != nil {
		return failure(&stepError{"arguments", err})
	}
	filter, err := seccomp.Compile(tool.Exec.AllowJIT)
	if err != nil {
		return failure(&stepError{"seccomp", err})
	}
	// Everything that takes time is done, while the gate was still listening.
	if err := awaitStart(orders); err != nil {
		return failure(&stepError{"start", err})
	}
	if err := takeStdio(); err != nil {
		return failure(&stepError{"stdio", err})
	}
	// Everything that still needs memory, threads or files is done: from here on the tool's own limits hold for this process.
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return failure(&stepError{"measure", err})
	}
	if err := send(builder, Report{Event: Entering, CPUMicros: cpuMicros(usage.Utime.Nano(), usage.Stime.Nano())}); err != nil {
		return failure(err)
	}
	if err := setLimits(tool); err != nil {
		return failure(&stepError{"limits", err})
	}
	if err := filter.Install(); err != nil {
		return failure(&stepError{"seccomp", err})
	}
	return refusal(program, execve(argv0, argv, environment))
}

func awaitStart(orders *json.Decoder) error {
	var order string
	if err := orders.Decode(&order); err != nil {
		return err
	}
	if order != startOrder {
		return errors.New("the second order is another one")
	}
	return nil
}

// coverProc shows the tool's own pid namespace; the builder's /proc below it is locked and out of reach. It is read-only, because a write to
// /proc/PID/mem heeds no protection of the page: a tool could write machine code over that of its program.
func coverProc() error {
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return err
	}
	return coverSentry()
}

// coverSentry hides gVisor's own directory in /proc, which every process can read: its spec_environ is the container's environment, so the pod's name
// and the gateway's address, and a read of its checkpoint waits for ever.
func coverSentry() error {
	const flags = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	err := unix.Mount("tmpfs", "/proc/gvisor", "tmpfs", flags, "mode=0555,size=4k")
	if err == unix.ENOENT {
		return nil // a gVisor without it
	}
	return err
}

// takeStdio comes late, so that a crash of ours cannot write into the tool's streams before.
func takeStdio() error {
	for fd := range 3 {
		if err := unix.Dup3(stdioFD+fd, fd, 0); err != nil {
			return err
		}
	}
	return nil
}

// closeFilesOnExec covers what was inherited and what the Go runtime opened. Close-on-exec, because the report of a failing execve needs its pipe.
func closeFilesOnExec() error {
	return unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
}

// find does what execvp(3) does, with a search path of its own.
func find(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	err := error(unix.ENOENT)
	for _, dir := range searchPath {
		candidate := path.Join(dir, name)
		var stat unix.Stat_t
		if unix.Stat(candidate, &stat) != nil {
			continue
		}
		if stat.Mode&unix.S_IFMT == unix.S_IFREG && unix.Access(candidate, unix.X_OK) == nil {
			return candidate, nil
		}
		err = unix.EACCES // something is there: keep looking, but do not call it missing
	}
	return "", err
}

// refusal turns the error of a lookup or of execve into what the run's result says.
func refusal(program string, err error) Report {
	var stat unix.Stat_t
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ENAMETOOLONG):
		if unix.Stat(program, &stat) == nil {
			return Report{Event: NotExecutable} // what is missing is its interpreter
		}
		return Report{Event: NotFound}
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ENOMEM):
		return failure(&stepError{"execve", err}) // ours to answer for, not the program's
	default:
		return Report{Event: NotExecutable}
	}
}

// execArguments converts ahead of time: nothing may be allocated between the limits and execve.
func execArguments(program string, tool Tool) (argv0 *byte, argv, environment []*byte, err error) {
	if argv0, err = syscall.BytePtrFromString(program); err != nil {
		return
	}
	if argv, err = syscall.SlicePtrFromStrings(tool.Argv); err != nil {
		return
	}
	environment, err = syscall.SlicePtrFromStrings(tool.Environment)
	return
}
