package binding_test

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"

	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

const endpoint = "https://identita.esempio.it/sso"

func query(t testing.TB, endpoint, relayState string, s xmlsec.Signer) string {
	t.Helper()
	address, err := binding.RedirectURL(endpoint, binding.Request, []byte("<a>è</a>"), relayState, s)
	if err != nil {
		t.Fatal(err)
	}
	_, q, _ := strings.Cut(address, "?")
	return q
}

func codeOf(err error) string {
	var e *binding.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return xmlsec.CodeOf(err)
}

func TestARedirectKeepsOrderAndSignature(t *testing.T) {
	for name, s := range map[string]xmlsec.Signer{"RSA": samltest.RSA(t), "ECDSA": samltest.ECDSA(t)} {
		for _, state := range []string{"", "opaque", "a b+c/d=&é~*'()"} {
			q := query(t, endpoint, state, s)
			var names []string
			for pair := range strings.SplitSeq(q, "&") {
				names = append(names, pair[:strings.IndexByte(pair, '=')])
			}
			want := "SAMLRequest RelayState SigAlg Signature"
			if state == "" {
				want = "SAMLRequest SigAlg Signature"
			}
			if strings.Join(names, " ") != want {
				t.Errorf("%s: order %v", name, names)
			}
			m, err := binding.FromQuery(q)
			if err != nil || string(m.XML) != "<a>è</a>" || m.RelayState != state {
				t.Fatalf("%s: %+v, %v", name, m, err)
			}
			if err := m.Verify(samltest.Public(s)); err != nil {
				t.Errorf("%s %q: %v", name, state, err)
			}
		}
	}
}

// spid-sp-test decodes the query and escapes the values again with Python's quote_plus
// before it verifies; "*" and the rest must come out as they went in.
func TestValuesAreEscapedLikeWebForms(t *testing.T) {
	q := query(t, endpoint, "a b+c/d=&é~*'()-_.!", samltest.ECDSA(t))
	const plus = "a+b%2Bc%2Fd%3D%26%C3%A9~%2A%27%28%29-_.%21"
	if !strings.Contains(q, "&RelayState="+plus+"&") {
		t.Errorf("%s does not hold %s", q, plus)
	}
}

func TestAnEndpointKeepsItsOwnQuery(t *testing.T) {
	s := samltest.ECDSA(t)
	q := query(t, endpoint+"?tenant=1", "x", s)
	if !strings.HasPrefix(q, "tenant=1&SAMLRequest=") {
		t.Error(q)
	}
	m, err := binding.FromQuery(q)
	if err != nil || m.Verify(samltest.Public(s)) != nil {
		t.Error(err)
	}
	if _, err := binding.RedirectURL("https://a/#f", binding.Request, nil, "", s); err == nil {
		t.Error("a fragment swallows the query")
	}
}

// Another sender escapes with lower case and leaves more alone: the signature covers its
// octets, not ours.
func TestTheSignatureCoversTheOctetsAsTheyCame(t *testing.T) {
	s := samltest.RSA(t)
	lower := strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d")
	q := query(t, endpoint, "opaque", s)
	unsigned := lower.Replace(q[:strings.Index(q, "&Signature=")])
	_, signature, err := xmlsec.SignDetached([]byte(unsigned), s)
	if err != nil {
		t.Fatal(err)
	}
	m, err := binding.FromQuery("before=1&" + unsigned + "&Signature=" + url.QueryEscape(binding.EncodePost(signature)) + "&after=2")
	if err != nil || m.Verify(samltest.Public(s)) != nil {
		t.Errorf("lower case: %v, %v", err, m)
	}
	m, err = binding.FromQuery(lower.Replace(q)) // same values, other octets
	if err != nil || m.Verify(samltest.Public(s)) == nil {
		t.Errorf("octets changed after signing were accepted (%v)", err)
	}
}

func TestBadQueriesAreRefused(t *testing.T) {
	q := query(t, endpoint, "opaque", samltest.ECDSA(t))
	bomb := url.QueryEscape(binding.EncodePost(binding.Deflate([]byte(strings.Repeat(" ", binding.MaxMessage+1)))))
	tail := url.QueryEscape(binding.EncodePost(append(binding.Deflate([]byte("<a/>")), "tail"...)))
	for bad, code := range map[string]string{
		"":                          "message_missing",
		"SAMLRequest=":              "message_missing",
		"RelayState=x":              "message_missing",
		q + "&SAMLRequest=x":        "parameter_repeated",
		q + "&RelayState=x":         "parameter_repeated",
		q + "&Signature=x":          "parameter_repeated",
		q + "&SigAlg=x":             "parameter_repeated",
		q + "&SAML%52equest=x":      "parameter_repeated",
		q + "&SAMLResponse=x":       "message_ambiguous",
		q + "&SAMLEncoding=x":       "encoding_unknown",
		"SAMLRequest=%zz":           "escape_broken",
		"SAMLRequest=%25%25":        "base64_broken",
		"SAMLRequest=AAAA":          "deflate_broken",
		"SAMLRequest=" + tail:       "deflate_broken",
		"SAMLRequest=" + bomb:       "message_too_large",
		strings.Repeat("x", 40<<10): "message_too_large",
		strings.Replace(q, "&Signature=", "&Other=", 1):                                     "signature_incomplete",
		strings.Replace(q, "&SigAlg=", "&Other=", 1):                                        "signature_incomplete",
		strings.Replace(q, "RelayState=opaque", "RelayState="+strings.Repeat("x", 2000), 1): "relay_state_too_long",
	} {
		if _, err := binding.FromQuery(bad); codeOf(err) != code {
			t.Errorf("%.60s: %v, want %s", bad, err, code)
		}
	}
	m, err := binding.FromQuery("SAMLRequest=" + url.QueryEscape(binding.EncodePost(binding.Deflate([]byte("<a/>")))))
	if err != nil || codeOf(m.Verify(nil)) != "signature_missing" {
		t.Errorf("an unsigned query is readable but does not verify: %v", err)
	}
}

func TestFormsAreTakenWithinLimits(t *testing.T) {
	field := binding.EncodePost([]byte("<a/>"))
	broken := field[:2] + "\r\n " + field[2:]
	m, err := binding.FromForm(url.Values{"SAMLResponse": {broken}, "RelayState": {"x"}})
	if err != nil || string(m.XML) != "<a/>" || m.Parameter != binding.Response || m.RelayState != "x" {
		t.Errorf("%+v, %v", m, err)
	}
	large := base64.StdEncoding.EncodeToString(make([]byte, binding.MaxMessage+1))
	for name, c := range map[string]struct {
		form url.Values
		code string
	}{
		"empty":            {url.Values{}, "message_missing"},
		"twice":            {url.Values{"SAMLResponse": {field, field}}, "parameter_repeated"},
		"RelayState twice": {url.Values{"SAMLResponse": {field}, "RelayState": {"a", "b"}}, "parameter_repeated"},
		"both":             {url.Values{"SAMLResponse": {field}, "SAMLRequest": {field}}, "message_ambiguous"},
		"no base64":        {url.Values{"SAMLResponse": {"<a/>"}}, "base64_broken"},
		"URL-safe base64":  {url.Values{"SAMLResponse": {"_-__"}}, "base64_broken"},
		"bits left over":   {url.Values{"SAMLResponse": {"PGE+PB=="}}, "base64_broken"},
		"too large":        {url.Values{"SAMLResponse": {large}}, "message_too_large"},
		"much too large":   {url.Values{"SAMLResponse": {strings.Repeat("A", 1<<20)}}, "message_too_large"},
		"long RelayState":  {url.Values{"SAMLResponse": {field}, "RelayState": {strings.Repeat("x", 2000)}}, "relay_state_too_long"},
	} {
		if _, err := binding.FromForm(c.form); codeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func FuzzFromQuery(f *testing.F) {
	s := samltest.ECDSA(f)
	address, err := binding.RedirectURL(endpoint, binding.Request, []byte("<a/>"), "opaque", s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(address[len(endpoint)+1:])
	f.Add("SAMLRequest=%zz&SAML%52equest=x&RelayState=&SAMLEncoding=")
	f.Fuzz(func(t *testing.T, raw string) {
		m, err := binding.FromQuery(raw)
		if err != nil {
			return
		}
		if len(m.XML) > binding.MaxMessage || len(m.RelayState) > binding.MaxRelayState {
			t.Error("beyond the limits")
		}
		// A new key in each process: only the octets of the seed can verify.
		if m.Verify(samltest.Public(s)) == nil && (string(m.XML) != "<a/>" || m.RelayState != "opaque") {
			t.Errorf("verified %q", raw)
		}
	})
}

func FuzzDecodePost(f *testing.F) {
	f.Add(binding.EncodePost([]byte("<a/>")))
	f.Add("PGE+\r\nPC9hPg==")
	f.Fuzz(func(t *testing.T, value string) {
		message, err := binding.DecodePost(value)
		if err == nil && len(message) > binding.MaxMessage {
			t.Error("beyond the limit")
		}
	})
}

// TestAKeyThatChangesMeanwhileSignsAllOrNothing: the algorithm and the signature
// of one address are of one key.
func TestAKeyThatChangesMeanwhileSignsAllOrNothing(t *testing.T) {
	keys := []xmlsec.Signer{samltest.RSA(t), samltest.ECDSA(t)}
	asked := 0
	moving := xmlsec.Signer{Source: func() xmlsec.Signer { asked++; return keys[asked%2] }}
	for range 4 {
		m, err := binding.FromQuery(query(t, endpoint, "x", moving))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(samltest.Public(keys[asked%2])); err != nil {
			t.Error(err)
		}
	}
}
