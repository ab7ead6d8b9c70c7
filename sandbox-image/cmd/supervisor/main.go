// Command supervisor is pid 1 of a sandbox pod. Without arguments it waits for one tool call, runs it in a box and reports.
//
//	supervisor               run; see the environment variables in the README
//	supervisor commit        apply what a tool changed to the volume that it began with; see channel/README.md
//	supervisor install DIR   copy itself and the box's mount point into DIR, for clusters without image volumes
//
// Under the names box-build and box-enter it is the inner processes of the box, which only the supervisor itself starts.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/box"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/run"
	"cofferdam.dev/sandbox-image/secret"
)

const (
	tokenFile  = "/.cofferdam/token/token"
	exitFailed = 125
)

func init() {
	if os.Args[0] == box.BuildCommand || os.Args[0] == box.EnterCommand {
		// The entrant must stay on the thread that the process started with, and so must whoever traces.
		runtime.LockOSThread()
		return
	}
	// A sandbox often has less than one core, and idle processors that look for work spend its share: the start takes longer with two.
	runtime.GOMAXPROCS(1)
}

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	switch {
	case os.Args[0] == box.BuildCommand:
		os.Exit(box.Build())
	case os.Args[0] == box.EnterCommand:
		os.Exit(box.Enter())
	case len(os.Args) == 3 && os.Args[1] == "install":
		if err := install(os.Args[2]); err != nil {
			log.Error("install", "error", err.Error())
			os.Exit(1)
		}
	case len(os.Args) == 2 && os.Args[1] == "commit":
		os.Exit(commitSet(log))
	case len(os.Args) == 1:
		os.Exit(supervise(log))
	default:
		fmt.Fprintln(os.Stderr, "usage: supervisor [commit | install DIR]")
		os.Exit(2)
	}
}

func supervise(log *slog.Logger) int {
	client, err := channel.NewClient(os.Getenv("COFFERDAM_GATEWAY"), os.Getenv("COFFERDAM_GATEWAY_NAME"),
		[]byte(os.Getenv("COFFERDAM_GATEWAY_CA")), tokenFile)
	if err != nil {
		log.Error("the pod's COFFERDAM_GATEWAY variables do not lead to a gateway (only the controller creates such pods)", "error", err.Error())
		return exitFailed
	}
	// The handshake with the gateway takes about as long as starting the builder.
	client.Ahead()
	// While the process knows no secret: the token is read after that.
	prepared, err := box.Prepare()
	if err != nil {
		log.Error("no box", "error", err.Error())
		return exitFailed
	}
	// From here on nobody of the same user can read the token or the session from our memory.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		log.Error("cannot protect the supervisor's memory", "error", err.Error())
		return exitFailed
	}
	// If the builder dies before the tool, what is left comes to us, not to nobody.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		log.Error("cannot become subreaper", "error", err.Error())
		return exitFailed
	}
	seconds, err := strconv.Atoi(os.Getenv("COFFERDAM_DEADLINE_SECONDS"))
	if err != nil || seconds < 1 {
		log.Error("COFFERDAM_DEADLINE_SECONDS is not a positive number (only the controller creates such pods)")
		return exitFailed
	}
	// Writing to a log that is gone must be an error, not our death.
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	ctx, _ := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	supervisor := &run.Supervisor{
		Client:   client,
		Gateway:  os.Getenv("COFFERDAM_GATEWAY"),
		Secrets:  secret.Dir,
		Files:    run.FilesDir,
		Patience: time.Duration(seconds) * time.Second,
		Box:      prepared,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Log:      log,
	}

	return supervisor.Run(ctx)
}

// install fills a directory as the supervisor's image would.
func install(dir string) error {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer self.Close()
	program, err := os.OpenFile(filepath.Join(dir, "supervisor"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(program, self); err != nil {
		program.Close()
		return err
	}
	if err := program.Close(); err != nil {
		return err
	}
	err = os.Mkdir(filepath.Join(dir, filepath.Base(box.MountPoint)), 0o755)
	if os.IsExist(err) {
		return nil // a container that was started twice
	}
	return err
}
