package box

import (
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// tree is an image in memory.
type tree fstest.MapFS

func (t tree) ReadDir(dir string) ([]fs.DirEntry, error) {
	return fs.ReadDir(fstest.MapFS(t), strings.TrimPrefix(path.Join("./", dir), "/"))
}

func (t tree) Readlink(name string) (string, error) {
	return string(t[strings.TrimPrefix(name, "/")].Data), nil
}

func mapTree() tree {
	return tree{
		"bin":                   {Mode: fs.ModeSymlink, Data: []byte("usr/bin")},
		"usr/bin/sh":            {Mode: 0o755},
		"usr/lib/x":             {Mode: 0o644},
		"etc":                   {Mode: fs.ModeDir | 0o750},
		"etc/hosts":             {Mode: 0o644},
		"etc/passwd":            {Mode: 0o644},
		"etc/ssl/cert":          {Mode: 0o644},
		"etc/mtab":              {Mode: fs.ModeSymlink, Data: []byte("/proc/mounts")},
		"proc":                  {Mode: fs.ModeDir},
		"sys":                   {Mode: fs.ModeDir},
		"dev/sda":               {Mode: fs.ModeDevice},
		"tmp/left":              {Mode: 0o644},
		"workspace/left":        {Mode: 0o644},
		"run/secrets/left":      {Mode: 0o644},
		".cofferdam/bin/x":      {Mode: 0o755},
		"var/run/secrets/token": {Mode: 0o644},
		"var/lib/data":          {Mode: 0o644},
		"srv/socket":            {Mode: fs.ModeSocket},
		"fifo":                  {Mode: fs.ModeNamedPipe},
		"opt/mounted":           {Mode: fs.ModeDir},
	}
}

func TestPlan(t *testing.T) {
	got, err := Plan(mapTree(), []string{
		"/", "/proc", "/dev", "/dev/termination-log", "/sys", "/etc/hosts", "/etc/resolv.conf", "/var/run/secrets", "/opt/mounted", "/.cofferdam/bin",
		"/.cofferdam/token", "/tmp/volume",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{Path: "/bin", Kind: Symlink, Target: "usr/bin"},
		{Path: "/etc", Kind: Directory, Mode: 0o750},
		{Path: "/etc/mtab", Kind: Symlink, Target: "/proc/mounts"},
		{Path: "/etc/passwd", Kind: Bind},
		{Path: "/etc/ssl", Kind: Bind, Mode: fs.ModeDir},
		{Path: "/opt", Kind: Directory, Mode: 0o555}, // what MapFS gives directories that it makes up
		{Path: "/srv", Kind: Bind, Mode: fs.ModeDir},
		{Path: "/usr", Kind: Bind, Mode: fs.ModeDir},
		{Path: "/var", Kind: Directory, Mode: 0o555},
		{Path: "/var/lib", Kind: Bind, Mode: fs.ModeDir},
		{Path: "/var/run", Kind: Directory, Mode: 0o555},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Whatever is mounted where: nothing that is bound may have a mount at or below it.
func TestNoBindCarriesAMount(t *testing.T) {
	for _, point := range []string{"/usr", "/usr/bin", "/usr/bin/sh", "/usr/lib/x", "/etc", "/etc/ssl", "/etc/ssl/cert", "/var/run/secrets/token", "/srv"} {
		entries, err := Plan(mapTree(), []string{"/", point})
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if entry.Path == point || entry.Kind == Bind && strings.HasPrefix(point, entry.Path+"/") {
				t.Errorf("with a mount at %s: %+v", point, entry)
			}
		}
	}
}

func TestASiblingWithTheSameBeginningIsNotBelow(t *testing.T) {
	entries, err := Plan(tree{"data/x": {}, "data-volume/y": {}}, []string{"/data-volume"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Entry{{Path: "/data", Kind: Bind, Mode: fs.ModeDir}}; !reflect.DeepEqual(entries, want) {
		t.Errorf("got %+v, want %+v", entries, want)
	}
}

func TestMountPoints(t *testing.T) {
	got, err := MountPoints(strings.NewReader(
		"21 20 0:18 / / ro - 9p none ro\n22 21 0:19 / /with\\040space\\134 rw,nosuid shared:1 - tmpfs none rw,size=1k\n"))
	if err != nil || !reflect.DeepEqual(got, []string{"/", `/with space\`}) {
		t.Errorf("got %q (%v)", got, err)
	}
	for _, broken := range []string{"21 20 0:18 /\n", "21 20 0:18 / relative ro - 9p\n"} {
		if got, err := MountPoints(strings.NewReader(broken)); err == nil {
			t.Errorf("%q was read as %q", broken, got)
		}
	}
}
