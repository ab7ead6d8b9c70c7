package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"

	"cofferdam.dev/sandbox-image/box"
	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/commit"
)

// committerMemory is what the committer tries to keep to; its pod has half as much again. A manifest of 16 MiB is in memory several times while it is read.
const committerMemory = 256 << 20

// terminationLog is where the kubelet reads a container's last word.
const terminationLog = "/dev/termination-log"

// commitSet is the committer's main function: it exits 0 where all is decided, and otherwise wants to be run again.
func commitSet(log *slog.Logger) int {
	runtime.UnlockOSThread()
	debug.SetMemoryLimit(committerMemory)
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		log.Error("cannot protect the token", "error", err.Error())
		return 1
	}
	unix.Umask(0) // modes are those of the set
	order, err := commit.ParseOrder([]byte(os.Getenv("COFFERDAM_COMMIT")))
	if err != nil {
		log.Error("COFFERDAM_COMMIT is no order (only the controller creates such pods)", "error", err.Error())
		return 1
	}
	addresses := strings.Split(os.Getenv("COFFERDAM_GATEWAYS"), ",")
	client, err := channel.NewClient(addresses[0], os.Getenv("COFFERDAM_GATEWAY_NAME"), []byte(os.Getenv("COFFERDAM_GATEWAY_CA")), tokenFile)
	if err != nil {
		log.Error("the pod's COFFERDAM_GATEWAY variables do not lead to a gateway (only the controller creates such pods)", "error", err.Error())
		return 1
	}
	ctx, _ := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGINT)
	committer := &commit.Committer{
		Order:  order,
		Volume: box.VolumeMount,
		Source: &commit.Gateways{Addresses: addresses, TokenFile: tokenFile, TLS: client.TLS()},
		Log:    log,
	}
	decision, err := committer.Commit(ctx)
	if err != nil {
		log.Error("not decided yet", "error", err.Error())
		return 1
	}
	if err := os.WriteFile(terminationLog, decision.Message(), 0o644); err != nil {
		log.Error("cannot say what was decided", "error", err.Error())
		return 1
	}
	log.Info("decided", "outcome", decision.Outcome)
	return 0
}
