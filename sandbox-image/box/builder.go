package box

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// This file reads in the order in which the sandbox is built. The builder is pid 1 of new user, pid, mount, network, ipc and uts namespaces, with
// the pod's user mapped to 0: it has every capability inside them and none outside. It was started before any secret came into the pod.

// File descriptors that the supervisor gives the builder, and the builder the entrant.
const (
	ordersFD  = 0 // one Tool, then startOrder, each as JSON; their end means: kill
	reportsFD = 3
	stdioFD   = 4 // 4, 5 and 6 become the tool's 0, 1 and 2
	socketsFD = 7 // of the builder alone: takes the sockets of network.go to the supervisor
	partsFD   = 7 // of the entrant alone: a socket to the builder, for the parts of the workspace
)

// startOrder lets the tool run, once everything is ready for it. It is explicit, because an end may also be somebody's death.
const startOrder = "start"

const (
	oldRoot   = "/.image" // where the image's tree stands between pivot_root and the detachment
	rootSize  = "size=1m" // the root holds directories, symlinks and three small files
	shmSize   = "size=16m"
	boxName   = "sandbox"
	hostsFile = "127.0.0.1 localhost sandbox\n::1 localhost sandbox\n"
	// The address of the resolver inside the box, which the supervisor serves.
	resolvFile = "nameserver 127.0.0.1\n"
)

// Build is the builder's main function. It returns the process's exit code, which nobody reads: reports tell everything.
func Build() int {
	unix.CloseOnExec(reportsFD)
	unix.CloseOnExec(socketsFD)
	supervisor := os.NewFile(reportsFD, "reports")
	if err := buildAndRun(supervisor); err != nil {
		send(supervisor, failure(err)) // a supervisor that is gone needs no report
		return 1
	}
	return 0
}

func buildAndRun(supervisor io.Writer) error {
	var entries []Entry
	var points []string
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"map-user", mapPodUser},
		{"private-mounts", privateMounts},
		{"plan", func() (err error) { entries, points, err = planImage(); return }},
		{"new-root", newRoot},
		{"pivot-root", pivotRoot},
		{"image", func() error { return bindImage(entries) }},
		{"own-files", writeOwnFiles},
		{"devices", makeDevices},
		{"proc", mountProc},
		{"directories", makeDirectories},
		{"volume", func() error { return keepVolume(slices.Contains(points, VolumeMount)) }},
		{"detach-image", detachImage},
		{"read-only", sealRoot},
		{"hostname", func() error { return unix.Sethostname([]byte(boxName)) }},
		{"network", openNetwork},
	} {
		if err := step.do(); err != nil {
			return &stepError{step.name, err}
		}
	}

	// What follows the building is in handover.go.
	return runTool(supervisor)
}

// mapPodUser makes the pod's user, whose numbers are the builder's arguments, root of the namespaces.
func mapPodUser() error {
	var ids [2]int
	if len(os.Args) != 1+len(ids) {
		return errors.New("the builder takes a user and a group")
	}
	for i := range ids {
		id, err := strconv.Atoi(os.Args[1+i])
		if err != nil {
			return err
		}
		ids[i] = id
	}
	return mapUser(0, ids[0], ids[1])
}

// privateMounts keeps what follows from reaching the pod's mount namespace, and the other way round.
func privateMounts() error {
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
}

// planImage looks at the image, and at where the pod has mounts, before the pivot, while its paths and the mount table still match.
func planImage() ([]Entry, []string, error) {
	mountinfo, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, nil, err
	}
	defer mountinfo.Close()
	points, err := MountPoints(mountinfo)
	if err != nil {
		return nil, nil, err
	}
	entries, err := Plan(image{}, points)
	return entries, points, err
}

// newRoot mounts an empty file system: what is not put into it does not exist for the tool.
func newRoot() error {
	return unix.Mount("tmpfs", MountPoint, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=0755,"+rootSize)
}

// pivotRoot comes before the tree is filled, so that a symlink of the image can never lead a step out of the new root.
func pivotRoot() error {
	old := path.Join(MountPoint, oldRoot)
	if err := os.Mkdir(old, 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(MountPoint, old); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	return os.Chdir("/")
}

// bindImage gives the tool its image, read-only, without set-user-ID and devices.
func bindImage(entries []Entry) error {
	for _, entry := range entries {
		var err error
		switch entry.Kind {
		case Symlink:
			err = os.Symlink(entry.Target, entry.Path)
		case Directory:
			err = makeDirectory(entry.Path, uint32(entry.Mode))
		case Bind:
			if entry.Mode.IsDir() {
				err = os.Mkdir(entry.Path, 0o755)
			} else {
				err = os.WriteFile(entry.Path, nil, 0o444)
			}
			if err == nil {
				err = bind(oldRoot+entry.Path, entry.Path, unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV)
			}
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", entry.Kind, entry.Path, err)
		}
	}
	return nil
}

// writeOwnFiles replaces what the kubelet mounts: its versions tell the pod's name, address and the cluster's resolver.
func writeOwnFiles() error {
	if err := os.MkdirAll("/etc", 0o755); err != nil {
		return err
	}
	for i, content := range []string{hostsFile, boxName + "\n", resolvFile} {
		if err := os.WriteFile(ownFiles[i], []byte(content), 0o444); err != nil {
			return err
		}
	}
	return nil
}

// makeDevices binds five devices one by one: a bind of /dev brings the termination log, where a tool could forge the pod's last message.
func makeDevices() error {
	if err := makeDirectory("/dev", 0o755); err != nil {
		return err
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom"} {
		if err := os.WriteFile("/dev/"+name, nil, 0o666); err != nil {
			return err
		}
		if err := bind(oldRoot+"/dev/"+name, "/dev/"+name, unix.MS_NOSUID|unix.MS_NOEXEC); err != nil {
			return err
		}
	}
	for _, link := range [][2]string{{"fd", "/proc/self/fd"}, {"stdin", "fd/0"}, {"stdout", "fd/1"}, {"stderr", "fd/2"}} {
		if err := os.Symlink(link[1], "/dev/"+link[0]); err != nil {
			return err
		}
	}
	if err := os.Mkdir("/dev/shm", 0o755); err != nil {
		return err
	}
	return unix.Mount("tmpfs", "/dev/shm", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=1777,"+shmSize)
}

// mountProc is the builder's own; the entrant covers it with that of the tool's pid namespace.
func mountProc() error {
	if err := makeDirectory("/proc", 0o555); err != nil {
		return err
	}
	return unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

// makeDirectories makes mount points while the root can still be written.
func makeDirectories() error {
	if err := makeDirectory("/tmp", 0o1777); err != nil {
		return err
	}
	if err := makeDirectory("/workspace", 0o755); err != nil {
		return err
	}
	if err := makeDirectory("/run", 0o755); err != nil {
		return err
	}
	if err := makeDirectory(authoritiesDir, 0o755); err != nil {
		return err
	}
	return makeDirectory(secretsDir, 0o755)
}

// detachImage takes the pod's tree, the token and the supervisor out of reach. Files bound from it stay.
func detachImage() error {
	if err := unix.Unmount(oldRoot, unix.MNT_DETACH); err != nil {
		return err
	}
	return os.Remove(oldRoot)
}

// sealRoot makes the root itself read-only; the flags of newRoot are given again because a remount replaces them all.
func sealRoot() error {
	return unix.Mount("", "/", "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
}

func bind(from, to string, flags uintptr) error {
	if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind %s: %w", to, err)
	}
	// A bind takes the source's flags; only a remount sets others.
	if err := unix.Mount("", to, "", unix.MS_BIND|unix.MS_REMOUNT|flags, ""); err != nil {
		return fmt.Errorf("remount %s: %w", to, err)
	}
	return nil
}

// makeDirectory sets the mode apart from Mkdir, which knows neither the sticky bit nor a way around the umask.
func makeDirectory(name string, mode uint32) error {
	if err := os.Mkdir(name, 0o755); err != nil {
		return err
	}
	return unix.Chmod(name, mode)
}
