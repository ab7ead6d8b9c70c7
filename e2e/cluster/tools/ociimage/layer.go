package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
)

// writeLayer writes the root file system at source (a directory or a tar) as a layer that depends on nothing but its
// content: entries sorted by name, time 0, owner root.
func writeLayer(source string, out io.Writer) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	w := tar.NewWriter(out)
	if info.IsDir() {
		err = addDirectory(w, source)
	} else {
		err = addTar(w, source)
	}
	if err != nil {
		return fmt.Errorf("root file system %s: %w", source, err)
	}
	return w.Close()
}

// normal removes from a header all that differs from one machine or moment to another.
func normal(h *tar.Header) *tar.Header {
	n := &tar.Header{Typeflag: h.Typeflag, Name: h.Name, Linkname: h.Linkname, Size: h.Size, Mode: h.Mode & 0o7777,
		Devmajor: h.Devmajor, Devminor: h.Devminor, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
	if capability, ok := h.PAXRecords["SCHILY.xattr.security.capability"]; ok {
		n.PAXRecords = map[string]string{"SCHILY.xattr.security.capability": capability}
	}
	return n
}

// addDirectory walks in the order of names. Files with several hard links are stored once.
func addDirectory(w *tar.Writer, root string) error {
	type inode struct{ dev, ino uint64 }
	first := map[inode]string{}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil || name == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSocket != 0 {
			return nil // a socket means nothing without the process that made it
		}
		target := ""
		if info.Mode()&fs.ModeSymlink != 0 {
			if target, err = os.Readlink(path); err != nil {
				return err
			}
		}
		h, err := tar.FileInfoHeader(info, target)
		if err != nil {
			return err
		}
		h.Name = filepath.ToSlash(name)
		if info.IsDir() {
			h.Name += "/"
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && info.Mode().IsRegular() && st.Nlink > 1 {
			key := inode{uint64(st.Dev), st.Ino}
			if earlier, seen := first[key]; seen {
				h.Typeflag, h.Linkname, h.Size = tar.TypeLink, earlier, 0
			} else {
				first[key] = h.Name
			}
		}
		if err := w.WriteHeader(normal(h)); err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}

// addTar reads the tar twice: once to sort its entries, once, by offset, for the content.
func addTar(w *tar.Writer, source string) error {
	f, err := os.Open(source)
	if err != nil {
		return err
	}
	defer f.Close()
	type entry struct {
		header *tar.Header
		offset int64
	}
	var entries []entry
	index := map[string]int{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		h.Name = strings.TrimPrefix(strings.TrimPrefix(h.Name, "./"), "/")
		if h.Name == "" {
			continue
		}
		if h.Typeflag == tar.TypeLink {
			h.Linkname = strings.TrimPrefix(strings.TrimPrefix(h.Linkname, "./"), "/")
		}
		// tar.Reader reads no further than the header, so the file stands where the content begins.
		offset, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		if i, again := index[h.Name]; again {
			entries[i] = entry{h, offset} // the later entry of a name wins, as it does when a tar is unpacked
			continue
		}
		index[h.Name] = len(entries)
		entries = append(entries, entry{h, offset})
	}
	// Hard links come after all files, because what they point to must be there first.
	sort.SliceStable(entries, func(i, j int) bool {
		a, b := entries[i].header, entries[j].header
		if (a.Typeflag == tar.TypeLink) != (b.Typeflag == tar.TypeLink) {
			return b.Typeflag == tar.TypeLink
		}
		return a.Name < b.Name
	})
	for _, e := range entries {
		if err := w.WriteHeader(normal(e.header)); err != nil {
			return err
		}
		if e.header.Typeflag == tar.TypeReg {
			if _, err := io.Copy(w, io.NewSectionReader(f, e.offset, e.header.Size)); err != nil {
				return err
			}
		}
	}
	return nil
}
