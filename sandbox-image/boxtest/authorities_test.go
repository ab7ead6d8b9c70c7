//go:build gvisor

package boxtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cofferdam.dev/sandbox-image/channel"
	"cofferdam.dev/sandbox-image/gatewaytest"
	"cofferdam.dev/sandbox-image/network"
)

// runAuthority makes an authority, and a certificate of it for a name, as the gateway does.
func runAuthority(t *testing.T, name string) (string, tls.Certificate) {
	t.Helper()
	certificate := func(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) []byte {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	key, err1 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	leafKey, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cofferdam inspection " + rand.Text()}, IsCA: true, BasicConstraintsValid: true,
		MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	authorityDER := certificate(authority, authority, key, key)
	leaf := certificate(&x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, authority, leafKey, key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authorityDER})), tls.Certificate{Certificate: [][]byte{leaf}, PrivateKey: leafKey}
}

// served answers every tunnel by a server with that certificate.
func served(t *testing.T, certificate tls.Certificate) func(gatewaytest.Tunnel) (*net.TCPConn, int) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/info/refs") {
			fmt.Fprintf(w, "%s\trefs/heads/main\n", strings.Repeat("0123456789", 4))
			return
		}
		fmt.Fprintf(w, "%s to %s\n", r.URL.Path, r.Host)
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return func(gatewaytest.Tunnel) (*net.TCPConn, int) {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			return nil, http.StatusBadGateway
		}
		return conn.(*net.TCPConn), http.StatusOK
	}
}

const clients = `
curl -sS --max-time 60 https://api.example.com/curl 2>/dev/null || echo curl: $?
env -i curl -sS --max-time 60 https://api.example.com/bare 2>/dev/null || echo bare: $?
git ls-remote https://api.example.com/x.git 2>/dev/null || echo git: $?
python3 -c '
import ssl, urllib.request
try:
    print(urllib.request.urlopen("https://api.example.com/python", timeout=60).read().decode().strip())
except Exception as e:
    print("python:", type(e).__name__)'
`

func inspected(t *testing.T, script, authority string) pod {
	t.Helper()
	tool := job("bash", "-c", script)
	tool.Environment = []channel.Variable{{Name: "HOME", Value: "/tmp"}, {Name: "PIP_CERT", Value: "/mine"}}
	tool.Network.Allow = []network.Rule{rule("api.example.com", port(443))}
	tool.Authority = authority
	return pod{job: tool, rootfs: needed(t, "COFFERDAM_PYTHON_ROOTFS")}
}

func TestProgramsTrustTheRunsAuthorityAsTheyAre(t *testing.T) {
	t.Parallel()
	authority, certificate := runAuthority(t, "api.example.com")
	p := inspected(t, clients, authority)
	p.tunnel = served(t, certificate)
	got := p.run(t)
	want := "/curl to api.example.com\n/bare to api.example.com\n" + strings.Repeat("0123456789", 4) + "\trefs/heads/main\n/python to api.example.com\n"
	if string(got.Stdout) != want {
		t.Errorf("got\n%s\nwant\n%s\nresult %+v, stderr %s", got.Stdout, want, got.Result, got.Stderr)
	}
}

func TestNobodyElseIsTrustedByThat(t *testing.T) {
	t.Parallel()
	other, _ := runAuthority(t, "api.example.com")
	_, certificate := runAuthority(t, "api.example.com")
	for _, authority := range []string{"", other} {
		p := inspected(t, clients, authority)
		p.tunnel = served(t, certificate)
		if got, want := p.run(t), "curl: 60\nbare: 60\ngit: 128\npython: URLError\n"; string(got.Stdout) != want {
			t.Errorf("got\n%s\nwant\n%s\nresult %+v, stderr %s", got.Stdout, want, got.Result, got.Stderr)
		}
	}
}

func TestTheBundleHasTheImagesAuthoritiesTooAndTakesNoChange(t *testing.T) {
	t.Parallel()
	authority, _ := runAuthority(t, "api.example.com")
	p := inspected(t, `
grep -c BEGIN /etc/ssl/certs/ca-certificates.crt
cmp /etc/ssl/certs/ca-certificates.crt /run/authorities/ca-certificates.crt && echo same
env | grep -c =/run/authorities/ca-certificates.crt; echo $PIP_CERT
cd /run/authorities; ls -a | tr '\n' ' '
for each in ca-certificates.crt /etc/ssl/certs/ca-certificates.crt; do
	(echo x >> $each) 2>/dev/null && echo written; rm -f $each 2>/dev/null && echo removed; chmod 777 $each 2>/dev/null && echo mode
	truncate -s 0 $each 2>/dev/null && echo emptied; umount $each 2>/dev/null && echo unmounted
done
tail -n +1 ca-certificates.crt | tail -3 | head -2 | wc -l`, authority)
	p.job.Exec.Allow = []string{"*"}
	got := p.run(t)
	lines := strings.Split(string(got.Stdout), "\n")
	if len(lines) < 2 || len(lines[0]) < 2 || strings.Join(lines[1:], "\n") != "same\n7\n/mine\n. .. ca-certificates.crt 2\n" {
		t.Errorf("got\n%s\nresult %+v, stderr %s", got.Stdout, got.Result, got.Stderr)
	}
	without := inspected(t, "ls -A /run/authorities; env | grep authorities; stat -c %a /run/authorities", "")
	without.job.Exec.Allow = []string{"*"}
	if got := without.run(t); string(got.Stdout) != "755\n" {
		t.Errorf("without an authority: %q, stderr %s", got.Stdout, got.Stderr)
	}
}
