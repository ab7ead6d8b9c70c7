package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// redacted passes a text through in pieces that end at these places.
func redacted(values []string, text string, cuts ...int) string {
	var bytesOf [][]byte
	for _, value := range values {
		bytesOf = append(bytesOf, []byte(value))
	}
	stream := New(bytesOf).Stream()
	var out strings.Builder
	last := 0
	for _, cut := range append(cuts, len(text)) {
		out.Write(stream.Write([]byte(text[last:cut])))
		last = cut
	}
	out.Write(stream.Flush())
	return out.String()
}

const token = "s3cr3t/T0ken+of?mine=="

func TestEachFormIsMaskedWhereverItIsCut(t *testing.T) {
	for name, form := range map[string]string{
		"as it is":             token,
		"base64":               base64.StdEncoding.EncodeToString([]byte(token)),
		"base64 for URLs":      base64.URLEncoding.EncodeToString([]byte(token)),
		"base64 after one":     base64.StdEncoding.EncodeToString([]byte("x" + token)),
		"base64 after two":     base64.StdEncoding.EncodeToString([]byte("xx" + token + "yz")),
		"wrapped base64":       wrapped(base64.StdEncoding.EncodeToString([]byte(token)), 7, "\n"),
		"wrapped with returns": wrapped(base64.StdEncoding.EncodeToString([]byte(token)), 5, "\r\n"),
		"hex":                  hex.EncodeToString([]byte(token)),
		"upper case hex":       strings.ToUpper(hex.EncodeToString([]byte(token))),
		"wrapped hex":          wrapped(hex.EncodeToString([]byte(token)), 16, "\n"),
		"of a query":           url.QueryEscape(token),
		"of a path":            url.PathEscape(token),
		"in lower case":        strings.ToLower("s3cr3t%2F") + "T0ken%2bof%3fmine%3d%3d",
		"all escaped":          escaped(token),
	} {
		t.Run(name, func(t *testing.T) {
			text := "<<" + form + ">>"
			for cut := range len(text) {
				got := redacted([]string{token}, text, cut)
				if len(got) != len(text) || !strings.HasPrefix(got, "<<") || !strings.HasSuffix(got, ">>") {
					t.Fatalf("cut at %d: %q", cut, got)
				}
				// Of base64, the outermost characters belong to the neighbours, too; its padding says nothing.
				if middle := strings.Trim(strings.TrimPrefix(strings.TrimSuffix(got, ">>"), "<<"), "="); !strings.Contains(middle, strings.Repeat("*", len(middle)-6)) {
					t.Fatalf("cut at %d: %q", cut, got)
				}
			}
		})
	}
}

func TestNothingElseIsTouchedOrHeldBack(t *testing.T) {
	stream := New([][]byte{[]byte(token)}).Stream()
	for _, text := range []string{"begun\n", "100% sure, 5%2, %%, %yy\n", "s3cr3 t/T0ken!", "\n\n\n\n", "czNjcjN0 !", "\x00\xff"} {
		if got := string(stream.Write([]byte(text))); got != text {
			t.Errorf("%q came out as %q", text, got)
		}
	}
	if rest := stream.Flush(); len(rest) != 0 {
		t.Errorf("%q was held back", rest)
	}
}

func TestWhatMayBeASecretWaitsAndComesWhenItIsNone(t *testing.T) {
	stream := New([][]byte{[]byte(token)}).Stream()
	if got := string(stream.Write([]byte("my s3cr"))); got != "my " {
		t.Errorf("got %q", got)
	}
	if got := string(stream.Write([]byte("ecy"))); got != "s3crecy" {
		t.Errorf("got %q", got)
	}
	if got := string(stream.Write([]byte(" s3cr"))) + string(stream.Flush()); got != " s3cr" {
		t.Errorf("got %q", got)
	}
}

func TestTheBeginningOfASecretAtTheEndIsMasked(t *testing.T) {
	for _, text := range []string{token[:len(token)-1], base64.StdEncoding.EncodeToString([]byte(token))[:12], escaped(token)[:40]} {
		if got := redacted([]string{token}, text); strings.Trim(got, "*") != "" || len(got) != len(text) {
			t.Errorf("%q came out as %q", text, got)
		}
	}
}

func TestWhatIsHeldBackIsBounded(t *testing.T) {
	stream := New([][]byte{[]byte(token)}).Stream()
	stream.Write([]byte("czNj")) // the beginning of its base64
	for range 1000 {
		stream.Write([]byte("\n"))
	}
	if len(stream.held) > 8 {
		t.Errorf("%d bytes wait", len(stream.held))
	}
	long := []byte(strings.Repeat("ab", 32<<10))
	stream = New([][]byte{long}).Stream()
	for range 20 {
		stream.Write(bytes.Repeat([]byte("ab"), 8<<10))
		if len(stream.held) > len(long) {
			t.Fatalf("%d bytes wait", len(stream.held))
		}
	}
}

func TestShortValuesAreNotLookedFor(t *testing.T) {
	if got := redacted([]string{"1234567", " \n", ""}, "1234567 is a number"); got != "1234567 is a number" {
		t.Errorf("got %q", got)
	}
}

func TestWhiteSpaceAroundAValueMayBeLost(t *testing.T) {
	if got := redacted([]string{"  " + token + "\n"}, "["+token+"]"); got != "["+strings.Repeat("*", len(token))+"]" {
		t.Errorf("got %q", got)
	}
}

func TestALineOfAValueIsMasked(t *testing.T) {
	key := "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n9w0BAQEFAASCBKcwggSj\nAgEA\n-----END KEY-----\n"
	got := redacted([]string{key}, "1: MIIEvQIBADANBgkqhkiG\n2: 9w0BAQEFAASCBKcwggSj\n3: AgEA\n")
	if want := "1: ********************\n2: ********************\n3: AgEA\n"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestOverlappingSecretsAreMaskedBoth(t *testing.T) {
	if got := redacted([]string{"abcdefgh", "efghijklmn"}, "abcdefghijklmn!"); got != strings.Repeat("*", 14)+"!" {
		t.Errorf("got %q", got)
	}
	if got := redacted([]string{"abababab"}, "xabababababay"); got != "x**********ay" {
		t.Errorf("got %q", got)
	}
}

// Whatever the values, their forms, what is around them and how it is cut: exactly the occurrences are masked.
func FuzzStream(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		values := make([]string, 1+random.IntN(4))
		for i := range values {
			values[i] = word(random, shortest+random.IntN(60))
		}
		var text, want, seen strings.Builder
		for range 1 + random.IntN(12) {
			noise := strings.Repeat(string(" .,:;!?#\n\x00\xf0"[random.IntN(11)]), random.IntN(5))
			form, core := spelled(random, values[random.IntN(len(values))])
			at := strings.Index(form, core)
			text.WriteString(noise + form)
			want.WriteString(noise + form[:at] + strings.Repeat("*", len(core)) + form[at+len(core):])
			seen.WriteString(core + " ")
		}
		var cuts []int
		for at := random.IntN(9); at < text.Len(); at += random.IntN(1 + 2*text.Len()/(1+random.IntN(20))) {
			cuts = append(cuts, at)
			if len(cuts) > 200 {
				break
			}
		}
		got := redacted(values, text.String(), cuts...)
		if len(got) != want.Len() {
			t.Fatalf("%d bytes became %d", want.Len(), len(got))
		}
		for i := range len(got) {
			if expected := want.String()[i]; got[i] != expected && got[i] != mask {
				t.Fatalf("byte %d is %q of\n%q\nfor\n%q", i, got[i], got, text.String())
			} else if expected == mask && got[i] != mask {
				t.Fatalf("byte %d shows in\n%q\nfor\n%q", i, got, text.String())
			} else if strings.IndexByte(" .,:;!?#\x00\xf0", text.String()[i]) >= 0 && got[i] == mask && !strings.Contains(seen.String(), text.String()[i:i+1]) {
				t.Fatalf("byte %d is no part of a secret in\n%q", i, got)
			}
		}
	})
}

// word is text in characters that need escapes, and some that do not; none that the noise has.
func word(random *rand.Rand, length int) string {
	const characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789+/=&<>\"'~_-"
	if random.IntN(4) == 0 {
		return strings.Repeat(string(characters[random.IntN(3)])+"x", length)[:length] // of periods
	}
	var word strings.Builder
	for range length {
		word.WriteByte(characters[random.IntN(len(characters))])
	}
	return word.String()
}

// spelled is one form of a value, and of it what must not be seen.
func spelled(random *rand.Rand, value string) (form, core string) {
	switch random.IntN(6) {
	case 0:
		digits := hex.EncodeToString([]byte(value))
		return digits, digits
	case 1:
		digits := fmt.Sprintf("%X", value)
		return digits, digits
	case 2, 3:
		before, behind := random.IntN(3), random.IntN(3)
		encoding := base64.StdEncoding
		if random.IntN(2) == 0 {
			encoding = base64.URLEncoding
		}
		form = encoding.EncodeToString([]byte(strings.Repeat("#", before) + value + strings.Repeat("!", behind)))
		core = form[(8*before+5)/6 : 8*(before+len(value))/6]
		if random.IntN(2) == 0 {
			width := 1 + random.IntN(20)
			return form[:strings.Index(form, core)] + wrapped(core, width, "\n") + form[strings.Index(form, core)+len(core):], wrapped(core, width, "\n")
		}
		return form, core
	case 4:
		var out strings.Builder
		for _, each := range []byte(value) {
			switch random.IntN(3) {
			case 0:
				fmt.Fprintf(&out, "%%%02x", each)
			case 1:
				fmt.Fprintf(&out, "%%%02X", each)
			default:
				out.WriteByte(each)
			}
		}
		return out.String(), out.String()
	default:
		return value, value
	}
}

func escaped(text string) string {
	var out strings.Builder
	for _, each := range []byte(text) {
		fmt.Fprintf(&out, "%%%02X", each)
	}
	return out.String()
}

func wrapped(text string, width int, end string) string {
	var lines []string
	for ; len(text) > width; text = text[width:] {
		lines = append(lines, text[:width])
	}
	return strings.Join(append(lines, text), end)
}

func BenchmarkStream(b *testing.B) {
	var values [][]byte
	random := rand.New(rand.NewPCG(1, 1))
	for range 4 {
		values = append(values, []byte(word(random, 100)))
	}
	text := []byte(word(random, 64<<10))
	patterns := New(values)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		stream := patterns.Stream()
		stream.Write(text)
		stream.Flush()
	}
}
