package secret

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func folder(t *testing.T, values map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, value := range values {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestOnlyTheNamedAreReadInTheirOrder(t *testing.T) {
	dir := folder(t, map[string]string{"a": "1", "b": "\x00\n", "c": "3", "empty": ""})
	got, err := Read(dir, []string{"c", "b", "empty"})
	want := []Secret{{"c", []byte("3")}, {"b", []byte("\x00\n")}, {"empty", []byte{}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %q (%v)", got, err)
	}
	if got, err := Read(filepath.Join(dir, "no-volume"), nil); got != nil || err != nil {
		t.Errorf("got %q (%v) of nothing", got, err)
	}
}

func TestAllThatAreMissingAreNamed(t *testing.T) {
	dir := folder(t, map[string]string{"a": "1"})
	var missing *Missing
	if got, err := Read(dir, []string{"x", "a", "y"}); got != nil || !errors.As(err, &missing) || !reflect.DeepEqual(missing.Names, []string{"x", "y"}) {
		t.Errorf("got %q (%v)", got, err)
	}
}

func TestTheValuesAreBoundedTogether(t *testing.T) {
	half := strings.Repeat("x", MostBytes/2)
	dir := folder(t, map[string]string{"a": half, "b": half, "one": "1"})
	if got, err := Read(dir, []string{"a", "b"}); len(got) != 2 || err != nil {
		t.Errorf("got %d (%v)", len(got), err)
	}
	var tooLarge *TooLarge
	if got, err := Read(dir, []string{"a", "b", "one"}); got != nil || !errors.As(err, &tooLarge) || !reflect.DeepEqual(tooLarge.Names, []string{"one"}) {
		t.Errorf("got %d (%v)", len(got), err)
	}
}

func TestWhatCannotBeReadIsNotMissing(t *testing.T) {
	dir := folder(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	var missing *Missing
	if _, err := Read(dir, []string{"folder"}); err == nil || errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}
