package authorities_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/refusal"
	"atrio/idp/proofing/signature/revocation"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

var _ revocation.Fetcher = (*authorities.Client)(nil)

// inside are the options of the demonstration, which stands on one machine.
func inside(t *testing.T) authorities.Options {
	t.Helper()
	o, err := authorities.Loopback().Options()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestASignatureIsCheckedOverTheNetwork(t *testing.T) {
	a := st.New(now)
	server := httptest.NewServer(a)
	defer server.Close()
	a.Base = server.URL
	list := a.Trusted(a.List())
	v := signature.Verifier{List: func() *trustlist.List { return list }, Fetcher: authorities.New(inside(t), func() time.Time { return now })}
	contract := st.Contract("Prova")
	upload := st.Message{Content: contract}.Sign(a.Person(a.Granted, "RSSMRA80A01H501U"))
	ask := func() (signature.Verdict, error) {
		return v.Verify(t.Context(), signature.Request{Contract: contract, FiscalCode: "RSSMRA80A01H501U", Upload: upload, At: now})
	}
	got, err := ask()
	if err != nil || got.Evidence.Revocation.Source != server.URL+"/ocsp/granted" {
		t.Errorf("%+v %v", got.Evidence.Revocation.Source, err)
	}
	a.Silent["ocsp"] = true
	if got, err = ask(); err != nil || got.Evidence.Revocation.Source != server.URL+"/crl/granted" {
		t.Errorf("%+v %v", got.Evidence.Revocation.Source, err)
	}
	server.Close()
	v.Fetcher = authorities.New(inside(t), func() time.Time { return now })
	if _, err := ask(); refusal.Of(err) != refusal.RevocationUnreachable {
		t.Error(err)
	}
}

func TestNothingInsideIsReached(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		fmt.Fprint(w, "secret")
	}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	strict, own := authorities.New(authorities.Options{}, func() time.Time { return now }), authorities.New(inside(t), func() time.Time { return now })
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]", "224.0.0.1",
		"192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "[2001:db8::1]", "[3fff::1]", "[fec0::1]", "[::7f00:1]", "[::10.0.0.1]", "[100::1]"} {
		if data, err := strict.CRL(t.Context(), "http://"+host+":"+port+"/"); !errors.Is(err, authorities.ErrRefused) {
			t.Errorf("%s: %q %v", host, data, err)
		}
		here := strings.Contains(host, "127.0.0.1") || host == "localhost" || host == "[::1]"
		if _, err := own.OCSP(t.Context(), "http://"+host+":"+port+"/", nil); !here && !errors.Is(err, authorities.ErrRefused) {
			t.Errorf("%s: beyond the machine: %v", host, err)
		}
	}
	before := asked.Load()
	if data, err := own.CRL(t.Context(), server.URL); err != nil || string(data) != "secret" || asked.Load() != before+1 {
		t.Errorf("the demonstration: %q %v", data, err)
	}
}

// Behind a proxy no connection of ours says where it leads: addresses and names of the
// machine are refused before the proxy is asked.
func TestAProxyIsAskedForPublicNamesAlone(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		fmt.Fprint(w, "answer")
	}))
	defer proxy.Close()
	address, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := authorities.New(authorities.Options{Proxy: address}, func() time.Time { return now })
	for _, inside := range []string{"http://127.0.0.1/", "http://10.1.2.3/", "http://[::1]/", "http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://intranet/", "http://127.1/", "http://0x7f.0.0.1/", "http://127.0.0.0x1/", "http://0177.0.0.1/", "http://2130706433/", "http://crl.example.1/", "http://10.0.0.1./", "http://crl.example../"} {
		if data, err := c.CRL(t.Context(), inside); !errors.Is(err, authorities.ErrRefused) {
			t.Errorf("%s: %q %v", inside, data, err)
		}
	}
	if data, err := c.CRL(t.Context(), "http://crl.example.org/list"); err != nil || string(data) != "answer" || len(asked) != 1 || asked[0] != "http://crl.example.org/list" {
		t.Errorf("%q %v, asked %v", data, err, asked)
	}
}

// A network that is named may be reached, and no other.
func TestANamedNetworkIsReached(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "answer") }))
	defer server.Close()
	for network, reached := range map[string]bool{"127.0.0.0/8": true, "10.0.0.0/8": false} {
		c := authorities.New(authorities.Options{Networks: []netip.Prefix{netip.MustParsePrefix(network)}}, func() time.Time { return now })
		if data, err := c.CRL(t.Context(), server.URL); (err == nil) != reached || !reached && !errors.Is(err, authorities.ErrRefused) {
			t.Errorf("%s: %q %v", network, data, err)
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "/long", http.StatusFound)
		case "/none":
			http.NotFound(w, r)
		default:
			w.Write(bytes.Repeat([]byte("x"), 65<<10))
		}
	}))
	defer server.Close()
	c := authorities.New(inside(t), func() time.Time { return now })
	for _, path := range []string{"/away", "/none", "/long"} {
		if data, err := c.OCSP(t.Context(), server.URL+path, nil); err == nil || data != nil {
			t.Errorf("%s: %d octets", path, len(data))
		}
	}
	if _, err := c.OCSP(t.Context(), "http://exa mple/", nil); err == nil {
		t.Error("no address")
	}
}

func TestAListIsKeptForAShortWhile(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.URL.Path, asked.Add(1))
	}))
	defer server.Close()
	at := now
	c := authorities.New(inside(t), func() time.Time { return at })
	get := func(path string) string {
		data, err := c.CRL(t.Context(), server.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if first := get("/a"); first != "/a1" || get("/a") != first {
		t.Error("not kept")
	}
	at = at.Add(11 * time.Minute)
	if got := get("/a"); got != "/a2" {
		t.Errorf("kept too long: %s", got)
	}
	for i := range 8 { // the oldest makes room
		at = at.Add(time.Second)
		get(fmt.Sprintf("/%d", i))
	}
	if got := get("/a"); got != "/a11" {
		t.Errorf("more lists are kept than there is room for: %s", got)
	}
}
