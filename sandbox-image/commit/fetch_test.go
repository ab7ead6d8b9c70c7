package commit

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
)

// replicas are gateways, each with its answers in order; the last one is given again and again.
func replicas(t *testing.T, answers ...[]answer) *Gateways {
	t.Helper()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("of the committer\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := &Gateways{TokenFile: token}
	for _, mine := range answers {
		asked := 0
		gateway := gatewaytest.Start(t, "127.0.0.1:0", func(request *gatewaytest.Request) { request.Refuse(http.StatusForbidden) })
		gateway.Give(func(token string) (int, []byte) {
			if token != "of the committer" {
				t.Errorf("token %q", token)
			}
			now := mine[min(asked, len(mine)-1)]
			asked++
			return now.status, now.body
		})
		client, err := channel.NewClient(gateway.Address, gatewaytest.Name, gateway.Authorities, token)
		if err != nil {
			t.Fatal(err)
		}
		// Each test gateway has an authority of its own.
		if source.TLS == nil {
			source.TLS = client.TLS()
		} else {
			source.TLS.RootCAs.AppendCertsFromPEM(gateway.Authorities)
		}
		source.Addresses = append(source.Addresses, gateway.Address)
	}
	return source
}

type answer struct {
	status int
	body   []byte
}

func TestTheContentsAreFetchedFromWhoeverHasThem(t *testing.T) {
	root := volume(t, "a", "b")
	order, text, now := set(t, root, "echo x > a; rm b; head -c 300000 /dev/urandom > c")
	here, missing, later := answer{200, text}, answer{404, nil}, answer{503, nil}
	damaged := answer{200, flipped(text, len(text)-5000)}
	for name, each := range map[string]struct {
		answers [][]answer
		want    Outcome
	}{
		"one has them":                   {[][]answer{{here}}, Committed},
		"the second has them":            {[][]answer{{missing}, {here}}, Committed},
		"asked again":                    {[][]answer{{later, later, here}}, Committed},
		"one cannot tell, one has them":  {[][]answer{{later}, {here}}, Committed},
		"not claimed yet":                {[][]answer{{{403, nil}, here}}, Committed},
		"one is damaged, one is not":     {[][]answer{{damaged}, {here}}, Committed},
		"one is cut, one is not":         {[][]answer{{{200, text[:70000]}}, {here}}, Committed},
		"nobody has them":                {[][]answer{{missing}, {missing}}, ContentsLost},
		"only damaged ones":              {[][]answer{{damaged}, {missing}}, ContentsInvalid},
		"more than was announced":        {[][]answer{{{200, append(append([]byte{}, text...), text...)}}}, ContentsInvalid},
		"another run's":                  {[][]answer{{{200, []byte(strings.Repeat("x", len(text)))}}}, ContentsInvalid},
		"gone, while one could not tell": {[][]answer{{missing}, {later, missing}}, ContentsLost},
	} {
		t.Run(name, func(t *testing.T) {
			place := filepath.Join(t.TempDir(), "volume")
			do(t, root, "cp -a . "+place)
			expect(t, committer(order, place, replicas(t, each.answers...)), each.want)
			want := snapshot(t, root)
			if each.want == Committed {
				want = snapshot(t, now)
			}
			same(t, name, snapshot(t, place), want)
		})
	}
}

func TestAGatewayThatCannotTellLeavesItOpen(t *testing.T) {
	root := volume(t, "a")
	order, text, _ := set(t, root, "echo x > a")
	before := snapshot(t, root)
	if decision, err := committer(order, root, replicas(t, []answer{{503, nil}}, []answer{{404, text}})).Commit(t.Context()); err == nil {
		t.Errorf("%+v", decision)
	}
	same(t, "open", snapshot(t, root), before)
}
