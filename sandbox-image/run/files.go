package run

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/workspace"
)

// FilesDir is where the kubelet puts the ConfigMap that a workspace begins with: a file for each of its keys. The box has nothing of it but copies.
const FilesDir = "/.cofferdam/files"

// mostFileBytes bounds the files of a ConfigMap: the API server lets it have no more.
const mostFileBytes = 1 << 20

var errTooManyFiles = errors.New("the files are beyond their bounds")

// readFiles takes the files of the job's ConfigMap from the pod. Where there are none, it returns the result of a run in which nothing ran.
func (e *execution) readFiles() (channel.Result, bool) {
	if e.job.Workspace.Origin != workspace.ConfigMap {
		return channel.Result{}, true
	}
	files, err := filesOf(e.filesDir)
	switch {
	case errors.Is(err, errTooManyFiles):
		return channel.Result{Outcome: channel.WorkspaceTooLarge}, false
	case err == nil && len(files) == 0, errors.Is(err, fs.ErrNotExist):
		return channel.Result{Outcome: channel.WorkspaceMissing}, false
	case err != nil:
		e.detail = err.Error()
		return channel.Result{Outcome: channel.BoxFailed, Step: "files"}, false
	}
	e.job.Workspace.Files = files
	return channel.Result{}, true
}

// filesOf reads what the kubelet has put into a directory: each file is a link to one of a hidden directory, and so read as what it leads to.
func filesOf(dir string) ([]workspace.File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []workspace.File
	left := int64(mostFileBytes)
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, "..") { // the kubelet's own
			continue
		}
		if len(files) == workspace.MaxFiles || workspace.CheckPath(name) != nil {
			return nil, errTooManyFiles
		}
		content, err := readBounded(filepath.Join(dir, name), left)
		if err != nil {
			return nil, err
		}
		if left -= int64(len(content)); left < 0 {
			return nil, errTooManyFiles
		}
		files = append(files, workspace.File{Path: name, Content: content})
	}
	return files, nil
}

// readBounded returns at most one byte more than the bound.
func readBounded(name string, bound int64) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, bound+1))
}
