//go:build gvisor

package boxtest

import (
	"encoding/base64"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/secret"
)

// A value that is shorter than what is looked for in output, so that a test can print it; and one that is not.
const (
	short  = "pass-1"
	longer = "a-longer-value/of+a?secret"
)

func withSecrets(text string, names ...string) channel.Job {
	tool := script(text)
	tool.Secrets = names
	return tool
}

func TestOnlyTheNamedSecretsAreThereAndOnlyTheToolReadsThem(t *testing.T) {
	t.Parallel()
	got := pod{
		job:     withSecrets(`cat /run/secrets/a; echo; stat -c '%n %a %u %g %F' /run/secrets /run/secrets/*; cat /run/secrets/b 2>&1; ls -a /run`, "a"),
		secrets: map[string]string{"a": short, "b": "other"},
	}.run(t)
	want := short + `
/run/secrets 500 65532 65532 directory
/run/secrets/a 400 65532 65532 regular file
cat: can't open '/run/secrets/b': No such file or directory
.
..
authorities
secrets
`
	if string(got.Stdout) != want || strings.Contains(got.stdout+got.stderr, "other") {
		t.Errorf("got\n%s\nwant\n%s\nstderr %s", got.Stdout, want, got.Stderr)
	}
}

func TestASecretCannotBeChangedOrReplaced(t *testing.T) {
	t.Parallel()
	got := pod{
		job: withSecrets(`cd /run/secrets
			(echo x > a) 2>/dev/null && echo written; (echo x >> a) 2>/dev/null && echo appended; (: > b) 2>/dev/null && echo made
			rm -f a 2>/dev/null && echo removed; mv a b 2>/dev/null && echo moved; ln a b 2>/dev/null && echo linked; ln -s a c 2>/dev/null && echo linked
			mv /run/secrets /run/x 2>/dev/null && echo moved it; mkdir d 2>/dev/null && echo made; umount /run/secrets 2>/dev/null && echo unmounted
			mount -t tmpfs x /run/secrets 2>/dev/null && echo covered; mount -o remount,rw /run/secrets 2>/dev/null && echo remounted
			chmod 777 a 2>/dev/null && echo mode; chmod 777 . 2>/dev/null && echo its mode; truncate -s 0 a 2>/dev/null && echo emptied; touch a 2>/dev/null && echo touched
			chown 65532 a 2>/dev/null && echo owner; ls -a . /proc/self/cwd/.. | tr '\n' ' '
			cat a; stat -c ' %a' a`, "a"),
		secrets: map[string]string{"a": short},
	}.run(t)
	if want := ".: . .. a  /proc/self/cwd/..: . .. authorities secrets " + short + " 400\n"; string(got.Stdout) != want {
		t.Errorf("got %q, want %q, stderr %s", got.Stdout, want, got.Stderr)
	}
}

func TestWithoutSecretsThereAreNone(t *testing.T) {
	t.Parallel()
	got := pod{job: script("ls -A /run/secrets; stat -c %a /run/secrets"), secrets: map[string]string{"a": short}}.run(t)
	if string(got.Stdout) != "755\n" {
		t.Errorf("got %q, stderr %s", got.Stdout, got.Stderr)
	}
}

func TestASecretThatIsMissingOrTooLargeEndsTheRunBeforeTheTool(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		secrets map[string]string
		want    channel.Result
	}{
		"missing":   {map[string]string{"b": short}, channel.Result{Outcome: channel.SecretMissing, Secrets: []string{"a"}}},
		"no volume": {nil, channel.Result{Outcome: channel.SecretMissing, Secrets: []string{"a", "b"}}},
		"too large": {map[string]string{"a": strings.Repeat("x", secret.MostBytes), "b": short}, channel.Result{Outcome: channel.SecretTooLarge, Secrets: []string{"b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := pod{job: withSecrets("echo ran", "a", "b"), secrets: each.secrets}.run(t)
			if !reflect.DeepEqual(got.Result, each.want) || got.Started || got.exitCode != 125 || got.stdout != "" {
				t.Errorf("result %+v, started %v, container %d, stdout %q", got.Result, got.Started, got.exitCode, got.stdout)
			}
		})
	}
}

func TestSecretsAreMaskedInResultAndLog(t *testing.T) {
	t.Parallel()
	got := pod{
		job: withSecrets(`f=/run/secrets/a; cat $f; echo; base64 $f; (printf x; cat $f) | base64; (printf xx; cat $f; printf y) | base64
			xxd -p $f; xxd -p $f | tr a-f A-F; cut -c 1-9 $f | tr -d '\n'; cut -c 10- $f; cat $f >&2; echo 'begun and done'`, "a"),
		secrets: map[string]string{"a": longer},
	}.run(t)
	if string(got.Stdout) != got.stdout || string(got.Stderr) != got.stderr {
		t.Errorf("the log is not the result: %q and %q", got.stdout, got.stderr)
	}
	all := string(got.Stdout) + string(got.Stderr)
	for _, form := range []string{
		longer, hex.EncodeToString([]byte(longer)), strings.ToUpper(hex.EncodeToString([]byte(longer))),
		base64.RawStdEncoding.EncodeToString([]byte(longer)), base64.RawStdEncoding.EncodeToString([]byte("x" + longer))[2:20],
		base64.RawStdEncoding.EncodeToString([]byte("xx" + longer))[3:20],
	} {
		if strings.Contains(all, form[:12]) {
			t.Errorf("%q shows in %q", form, all)
		}
	}
	if !strings.HasPrefix(string(got.Stdout), strings.Repeat("*", len(longer))+"\n") || !strings.HasSuffix(string(got.Stdout), "\nbegun and done\n") {
		t.Errorf("stdout %q, stderr %q", got.Stdout, got.Stderr)
	}
	if got.Result.StderrBytes != int64(len(longer)) || int(got.Result.StdoutBytes) != len(got.Stdout) {
		t.Errorf("result %+v of %d bytes", got.Result, len(got.Stdout))
	}
}

func TestNothingOfASecretShowsAtTheCut(t *testing.T) {
	t.Parallel()
	for _, bound := range []int{1, 10, len(longer) - 1, len(longer), len(longer) + 1} {
		tool := withSecrets("cat /run/secrets/a; sleep 0.1; echo; echo more", "a")
		tool.Limits.OutputBytes = bound
		got := pod{job: tool, secrets: map[string]string{"a": longer}}.run(t)
		if string(got.Stdout) != (strings.Repeat("*", len(longer)) + "\n")[:bound] || got.Result.StdoutBytes != int64(len(longer)+6) {
			t.Errorf("bound %d: %q, %+v", bound, got.Stdout, got.Result)
		}
	}
}

func TestAllValuesOfTheLargestSizeFitIntoTheSmallestPod(t *testing.T) {
	t.Parallel()
	value := strings.Repeat("0123456789abcdef", secret.MostBytes/16)
	got := pod{job: withSecrets("wc -c < /run/secrets/a; cat /run/secrets/a | head -c 60000", "a"), secrets: map[string]string{"a": value}}.run(t)
	if !strings.HasPrefix(string(got.Stdout), "65536\n") || got.Result.Outcome != channel.Exited {
		t.Errorf("result %+v, stdout %.100q", got.Result, got.Stdout)
	}
	t.Logf("%+v", got.Result)
}
