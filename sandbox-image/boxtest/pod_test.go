//go:build gvisor

// Package boxtest runs the real supervisor under a real gVisor, in a container shaped like the controller's pods, against a test gateway.
package boxtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
)

const podToken = "the-pods-own-token"

// patience is for what must come in its time, whatever that is on a slow machine; the time of a job is longer, so that what would only end by that is told apart.
const patience = 5 * time.Minute

// needed returns a setting that the Makefile gives; without it this test cannot mean anything.
func needed(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run boxtest/run, which builds what it needs", name)
	}
	return value
}

// pod is one sandbox pod to be run.
type pod struct {
	job       channel.Job
	rootfs    string
	secrets   map[string]string                       // the pod's volume of secrets; nil: it has none
	volume    string                                  // a directory that is the pod's volume; empty: it has none
	configMap map[string]string                       // the files of the pod's ConfigMap; nil: it has none
	each      func(conn *gatewaytest.Conn, frame any) // called at each frame of the first channel
	script    func(request *gatewaytest.Request)      // replaces the ordinary gateway
	deadline  string
	cpuGroup  string                                                     // a cgroup that the sandbox is put into
	tunnel    func(gatewaytest.Tunnel) (*net.TCPConn, int)               // what becomes of tunnels; nil: every one is refused
	keep      func(session string, body io.Reader) int                   // what becomes of contents; nil: they are refused
	begun     func()                                                     // called when the container's log begins
	way       func(p *pod, gateway *gatewaytest.Gateway, outside string) // called when there is a network, whose outside has that address
	bare      []string                                                   // a program that runs instead of the supervisor, which no gateway hears of
	both      bool                                                       // its network has IPv6, too
	noRoot    bool                                                       // the supervisor's image lacks the box's mount point
	signal    func(frame any) string                                     // names a signal to send to the container's pid 1 at a frame
	first     func(conn *gatewaytest.Conn)                               // called right behind the job
	runsc     []string                                                   // further flags of runsc
	held      func(pod func(script string) string)                       // called when all is stored, with a way to run busybox in the pod; then the pod is deleted
}

// outcome is what came of it.
type outcome struct {
	gatewaytest.Transcript
	exitCode       int
	stdout, stderr string // the container's log
}

// shell is a job for the busybox image.
func shell(script string) channel.Job { return job("sh", "-c", script) }

func job(argv ...string) channel.Job {
	return channel.Job{
		Session: "the-session-secret",
		Argv:    argv,
		Limits: channel.Limits{
			TimeoutMillis: (2 * patience).Milliseconds(), Processes: 64, OpenFiles: 256, OutputBytes: 65536, TmpBytes: 16 << 20, WorkspaceBytes: 16 << 20,
		},
		Gate: channel.Gate{Closed: []channel.Address{{Network: "tcp", Address: ":1"}}},
		Exec: channel.Exec{Allow: []string{"*"}},
	}
}

// run starts the pod and waits for its end. An ordinary gateway gives the job once, listens and stores.
func (p pod) run(t testing.TB) outcome {
	t.Helper()
	var result outcome
	id := fmt.Sprintf("boxtest-%d-%d", os.Getpid(), time.Now().UnixNano())
	dir := t.TempDir()
	runsc := append([]string{"--root=" + filepath.Join(dir, "state"), "--ignore-cgroups"}, p.runsc...)
	answer := p.script
	if answer == nil {
		answer = func(request *gatewaytest.Request) {
			if request.Token != podToken || request.Session != "" {
				request.Refuse(http.StatusForbidden)
				return
			}
			conn, err := request.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Drop()
			sent := time.Now()
			conn.Send(string(gatewaytest.EncodeJob(p.job)))
			if p.first != nil {
				p.first(conn)
			}
			heard, err := conn.Listen(sent, func(frame any) {
				if p.each != nil {
					p.each(conn, frame)
				}
				if p.signal != nil {
					if name := p.signal(frame); name != "" {
						output, err := exec.Command(needed(t, "COFFERDAM_RUNSC"), append(runsc, "kill", id, name)...).CombinedOutput()
						if err != nil {
							t.Errorf("runsc kill: %v: %s", err, output)
						}
					}
				}
			})
			if err != nil {
				t.Errorf("the supervisor's frames: %v", err)
				return
			}
			result.Transcript = heard
			conn.Send(`{"type":"stored"}`)
			conn.Receive() // until the supervisor has hung up
			if p.held != nil {
				p.held(func(script string) string {
					output, err := exec.Command(needed(t, "COFFERDAM_RUNSC"), append(runsc, "exec", id, "sh", "-c", script)...).CombinedOutput()
					if err != nil {
						t.Errorf("runsc exec: %v: %s", err, output)
					}
					return string(output)
				})
				exec.Command(needed(t, "COFFERDAM_RUNSC"), append(runsc, "kill", id, "TERM")...).Run()
			}
		}
	}
	namespace, outside := podNetwork(t, p.both)
	gateway := gatewaytest.Start(t, outside+":0", answer)
	if p.tunnel != nil {
		gateway.Tunnels(p.tunnel)
	}
	if p.keep != nil {
		gateway.Keep(p.keep)
	}
	if len(p.job.Network.Allow) > 0 || p.job.Workspace.Commit {
		p.job.Network.Gateway = gateway.Address
	}
	if p.way != nil {
		p.way(&p, gateway, outside)
	}
	if p.rootfs == "" {
		p.rootfs = needed(t, "COFFERDAM_SHELL_ROOTFS")
	}
	if p.deadline == "" {
		p.deadline = fmt.Sprint(patience.Seconds())
	}
	writeBundle(t, dir, p, gateway, namespace)

	var stdout, stderr bytes.Buffer
	container := exec.Command(needed(t, "COFFERDAM_RUNSC"), append(runsc, "run", "--bundle="+dir, id)...)
	if p.cpuGroup != "" {
		container = exec.Command("sh", append([]string{"-c", fmt.Sprintf(`for c in cpu cpuacct; do echo $$ >%s/$c/%s/cgroup.procs; done; exec "$@"`, cgroups, p.cpuGroup), "sh"}, container.Args...)...)
	}
	container.Stdout, container.Stderr = &stdout, &stderr
	if p.begun != nil {
		container.Stdout = &firstly{&stdout, p.begun}
	}
	err := container.Run()
	exec.Command("umount", filepath.Join(dir, "state", "null-netns")).Run() // some versions of runsc leave it; then the folder could not be removed
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	result.exitCode = container.ProcessState.ExitCode()
	result.stdout, result.stderr = stdout.String(), stderr.String()
	if t.Failed() {
		t.Logf("container exit %d\nstdout %.2000s\nstderr %.2000s", result.exitCode, result.stdout, result.stderr)
	}
	return result
}

// writeBundle writes an OCI bundle like the one that containerd makes of the controller's pods: the kubelet's and the runtime's mounts included.
func writeBundle(t testing.TB, dir string, p pod, gateway *gatewaytest.Gateway, network string) {
	t.Helper()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	program, err := os.ReadFile(needed(t, "COFFERDAM_SUPERVISOR"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file("bin/supervisor", string(program)), 0o755); err != nil {
		t.Fatal(err)
	}
	if !p.noRoot {
		if err := os.Mkdir(filepath.Join(dir, "bin/root"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file("token/token", podToken)
	type mount struct {
		Destination string   `json:"destination"`
		Type        string   `json:"type"`
		Source      string   `json:"source"`
		Options     []string `json:"options,omitempty"`
	}
	bind := func(to, from string, options ...string) mount {
		return mount{to, "bind", from, append(options, "bind")}
	}
	arguments := []string{"/.cofferdam/bin/supervisor"}
	if p.bare != nil {
		arguments = p.bare
	}
	environment := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=pod-name", "POD_SECRET=of-the-pod",
		"COFFERDAM_GATEWAY=" + gateway.Address, "COFFERDAM_GATEWAY_NAME=" + gatewaytest.Name,
		"COFFERDAM_GATEWAY_CA=" + string(gateway.Authorities), "COFFERDAM_DEADLINE_SECONDS=" + p.deadline,
	}
	// As the kubelet makes it: links to a folder of files that only root and the pod's group may read.
	projected := func(folder string, files map[string]string) mount {
		if err := os.MkdirAll(filepath.Join(dir, folder, "..1"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("..1", filepath.Join(dir, folder, "..data")); err != nil {
			t.Fatal(err)
		}
		for name, value := range files {
			real := file(folder+"/..1/"+name, value)
			if err := errors.Join(os.Chown(real, 0, 65532), os.Chmod(real, 0o440), os.Symlink("..data/"+name, filepath.Join(dir, folder, name))); err != nil {
				t.Fatal(err)
			}
		}
		return bind("/.cofferdam/"+folder, filepath.Join(dir, folder), "ro")
	}
	var volumes []mount
	if p.secrets != nil {
		volumes = append(volumes, projected("secrets", p.secrets))
	}
	if p.configMap != nil {
		volumes = append(volumes, projected("files", p.configMap))
	}
	if p.volume != "" {
		volumes = append(volumes, bind("/.cofferdam/workspace", p.volume, "ro"))
	}
	none := []string{}
	config, err := json.Marshal(map[string]any{
		"ociVersion": "1.0.2",
		"process": map[string]any{
			"user": map[string]any{"uid": 65532, "gid": 65532}, "cwd": "/", "noNewPrivileges": true, "env": environment,
			"args":         arguments,
			"capabilities": map[string]any{"bounding": none, "effective": none, "permitted": none, "inheritable": none, "ambient": none},
		},
		"root": map[string]any{"path": p.rootfs, "readonly": true}, "hostname": "pod-name",
		"mounts": append(volumes, []mount{
			{"/proc", "proc", "proc", nil},
			{"/dev", "tmpfs", "tmpfs", []string{"nosuid", "strictatime", "mode=755"}},
			{"/dev/pts", "devpts", "devpts", []string{"nosuid", "noexec"}},
			{"/dev/shm", "tmpfs", "shm", []string{"nosuid", "noexec", "nodev", "mode=1777"}},
			{"/sys", "sysfs", "sysfs", []string{"nosuid", "noexec", "nodev", "ro"}},
			bind("/etc/hosts", file("hosts", "10.1.2.3 pod-name\n")), bind("/etc/hostname", file("hostname", "pod-name\n")),
			bind("/etc/resolv.conf", file("resolv.conf", "nameserver 10.96.0.10\n")),
			bind("/dev/termination-log", file("termination-log", "")),
			bind("/.cofferdam/bin", filepath.Join(dir, "bin"), "ro"), bind("/.cofferdam/token", filepath.Join(dir, "token"), "ro"),
		}...),
		"linux": map[string]any{"namespaces": []map[string]string{
			{"type": "network", "path": network}, {"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file("config.json", string(config))
}

// script is a job whose text is in nobody's command line: it comes by stdin.
func script(text string) channel.Job {
	tool := job("sh")
	tool.Stdin = []byte(text)
	return tool
}

// lines splits what a tool printed.
func lines(output []byte) []string {
	return strings.Split(strings.TrimSuffix(string(output), "\n"), "\n")
}

// firstly calls something at the first write.
type firstly struct {
	io.Writer
	then func()
}

func (f *firstly) Write(text []byte) (int, error) {
	if f.then != nil {
		f.then()
		f.then = nil
	}
	return f.Writer.Write(text)
}
