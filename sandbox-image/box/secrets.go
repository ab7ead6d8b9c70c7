package box

import (
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// secretsDir is in every box; without secrets it is empty.
const secretsDir = "/run/secrets"

// mountSecrets copies what the job names into the sandbox's own memory: nothing else of a Secret, and nothing of the kubelet's volume, comes into the box.
//
// The tool is shown them through an overlay without an upper layer. A read-only tmpfs of gVisor takes changes of mode, owner and times from a file's owner,
// which the tool has to be; such an overlay takes nothing.
func mountSecrets(tool Tool) error {
	if len(tool.Secrets) == 0 {
		return nil
	}
	const (
		flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
		files = secretsDir + "/files"
		none  = secretsDir + "/none" // two layers are the least that an overlay may have
	)
	if err := unix.Mount("tmpfs", secretsDir, "tmpfs", flags, "mode=0700,size=1m"); err != nil {
		return err
	}
	for _, dir := range []string{files, none} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
	}
	for _, secret := range tool.Secrets {
		if err := os.WriteFile(path.Join(files, secret.Name), secret.Value, 0o400); err != nil {
			return err
		}
	}
	if err := os.Chmod(files, 0o500); err != nil {
		return err
	}
	return unix.Mount("secrets", secretsDir, "overlay", flags|unix.MS_RDONLY, "lowerdir="+files+":"+none)
}
