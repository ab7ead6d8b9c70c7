package box

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// authoritiesDir is in every box; where nothing is inspected it is empty.
const authoritiesDir = "/run/authorities"

// AuthoritiesFile has the authorities that a tool is to trust, where the gateway ends some of its TLS: those of its image, and its run's own.
const AuthoritiesFile = authoritiesDir + "/ca-certificates.crt"

// maxAuthorities bounds those of the image, in bytes: all that the world knows are a quarter of a megabyte.
const maxAuthorities = 4 << 20

// authoritiesVariables are by which programs are told where authorities are that do not ask their system.
var authoritiesVariables = []string{
	"SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "CARGO_HTTP_CAINFO",
}

// authoritiesPlaces are where systems have them; the first that an image has is what its programs trust.
var authoritiesPlaces = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Alpine
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora
	"/etc/ssl/cert.pem",                                 // Alpine, OpenSSL's own
	"/usr/lib/ssl/cert.pem",                             // OpenSSL's own in Debian
}

// mountAuthorities has the tool trust its run's authority: by a bundle of its own, and in the places where the image has one. The kernel's namespaces are
// the tool's own, so nothing but what this tool trusts is changed by it.
func mountAuthorities(tool Tool) error {
	if len(tool.Authority) == 0 {
		return nil
	}
	places, err := presentPlaces()
	if err != nil {
		return err
	}
	var all []byte
	if len(places) > 0 {
		if all, err = readBounded(places[0], maxAuthorities); err != nil {
			return err
		}
		all = append(all, '\n') // whose last line may have no end
	}
	all = append(all, tool.Authority...)
	const (
		flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
		files = authoritiesDir + "/files"
		none  = authoritiesDir + "/none" // two layers are the least that an overlay may have
	)
	if err := unix.Mount("tmpfs", authoritiesDir, "tmpfs", flags, fmt.Sprintf("mode=0755,size=%d", len(all)+1<<20)); err != nil {
		return err
	}
	for _, dir := range []string{files, none} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(path.Join(files, path.Base(AuthoritiesFile)), all, 0o444); err != nil {
		return err
	}
	// An overlay without an upper layer takes no change of mode or size, as that of secrets.
	if err := unix.Mount("authorities", authoritiesDir, "overlay", flags|unix.MS_RDONLY, "lowerdir="+files+":"+none); err != nil {
		return err
	}
	for _, place := range places {
		if err := bind(AuthoritiesFile, place, flags|unix.MS_RDONLY); err != nil {
			return err
		}
	}
	return nil
}

// presentPlaces are the files of the image that have authorities, each once, with all links followed: nothing can be mounted onto a link.
func presentPlaces() ([]string, error) {
	var present []string
	for _, place := range authoritiesPlaces {
		file, err := filepath.EvalSymlinks(place)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.ENOTDIR) {
				continue
			}
			return nil, err
		}
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		if info.Mode().IsRegular() && !slices.Contains(present, file) {
			present = append(present, file)
		}
	}
	return present, nil
}

func readBounded(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(all)) > most {
		err = fmt.Errorf("%s has more than %d bytes", name, most)
	}
	return all, err
}

// AuthoritiesEnvironment is what a tool's environment has beside the job's, NAME=value, where the run has an authority.
func AuthoritiesEnvironment(isSet func(name string) bool) []string {
	var variables []string
	for _, name := range authoritiesVariables {
		if !isSet(name) {
			variables = append(variables, name+"="+AuthoritiesFile)
		}
	}
	return variables
}
