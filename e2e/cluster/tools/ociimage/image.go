package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The annotation from which containerd takes an imported image's full name.
const containerdName = "io.containerd.image.name"

type spec struct {
	name, user, workdir  string
	entrypoint, cmd, env []string
}

// write makes the image from rootfs and puts it into output, which appears only when it is complete.
func (s spec) write(rootfs, output string) error {
	work, err := os.MkdirTemp(filepath.Dir(output), ".ociimage-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	layer, err := newFileLayer(rootfs, filepath.Join(work, "layer.tar"))
	if err != nil {
		return err
	}
	image, err := s.image(layer)
	if err != nil {
		return err
	}
	index, err := layout.Write(filepath.Join(work, "layout"), empty.Index)
	if err != nil {
		return err
	}
	_, tag, _ := strings.Cut(s.name, ":")
	err = index.AppendImage(image,
		layout.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}),
		layout.WithAnnotations(map[string]string{containerdName: s.name, "org.opencontainers.image.ref.name": tag}))
	if err != nil {
		return err
	}

	done := filepath.Join(work, "image.tar")
	if err := tarDirectory(filepath.Join(work, "layout"), done); err != nil {
		return err
	}
	if err := os.Rename(done, output); err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	fmt.Println(s.name, digest)
	return nil
}

func (s spec) image(layer v1.Layer) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.AppendLayers(image, layer)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	config.Config = v1.Config{
		User: s.user, WorkingDir: s.workdir, Entrypoint: s.entrypoint, Cmd: s.cmd,
		Env: append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, s.env...),
	}
	return mutate.ConfigFile(image, config)
}

// fileLayer is an uncompressed layer in a file. Uncompressed: the tar never travels, and importing it is several times quicker.
type fileLayer struct {
	path   string
	digest v1.Hash
	size   int64
}

func newFileLayer(rootfs, path string) (v1.Layer, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := writeLayer(rootfs, f); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	digest, size, err := v1.SHA256(f)
	return fileLayer{path, digest, size}, err
}

func (l fileLayer) Digest() (v1.Hash, error)             { return l.digest, nil }
func (l fileLayer) DiffID() (v1.Hash, error)             { return l.digest, nil }
func (l fileLayer) Compressed() (io.ReadCloser, error)   { return os.Open(l.path) }
func (l fileLayer) Uncompressed() (io.ReadCloser, error) { return os.Open(l.path) }
func (l fileLayer) Size() (int64, error)                 { return l.size, nil }
func (l fileLayer) MediaType() (types.MediaType, error)  { return types.OCIUncompressedLayer, nil }

func tarDirectory(dir, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := tar.NewWriter(f)
	if err := addDirectory(w, dir); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Close()
}

// inspect prints name and digest of the images in an OCI layout tar, so that a caller can tell whether a containerd has them.
func inspect(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if strings.TrimPrefix(h.Name, "./") != "index.json" {
			continue
		}
		var index v1.IndexManifest
		if err := json.NewDecoder(r).Decode(&index); err != nil {
			return fmt.Errorf("%s: index.json: %w", path, err)
		}
		for _, m := range index.Manifests {
			if name := m.Annotations[containerdName]; name != "" {
				fmt.Println(name, m.Digest)
			}
		}
		return nil
	}
}
