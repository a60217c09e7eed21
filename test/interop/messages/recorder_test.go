package messages_test

import (
	"bytes"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"atrio/saml/binding"
	"atrio/web/webtest"
)

// kind of a document on the wire.
type kind string

const (
	descriptionOfService  kind = "metadata of the service"
	descriptionOfProvider kind = "metadata of the provider"
	requestByRedirect     kind = "request by redirect"
	requestByPost         kind = "request by post"
	answerOfSuccess       kind = "answer of success"
	answerOfFailure       kind = "answer of failure"
)

// sent is a document that the program has sent.
type sent struct {
	kind kind
	// from is who sent it: the base address of a role, and the path of its entity where
	// a role has several.
	from string
	xml  []byte
	// query is the raw query of a redirect.
	query string
}

func (m sent) name() string {
	if n := m.anomaly(); n != 0 {
		return string(m.kind) + " nr" + strconv.Itoa(n)
	}
	return string(m.kind)
}

var errorCode = regexp.MustCompile(`ErrorCode nr(\d\d)`)

// anomaly is the number that an answer reports, 0 for none.
func (m sent) anomaly() int {
	found := errorCode.FindSubmatch(m.xml)
	if m.kind != answerOfFailure || found == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(found[1])) // two digits
	return n
}

// signatures are the elements that must bear one.
func (m sent) signatures() []string {
	switch m.kind {
	case requestByPost:
		return []string{"AuthnRequest"}
	case answerOfSuccess:
		return []string{"Response", "Response/Assertion"} // SPID-RT 1.2.2
	case answerOfFailure:
		return []string{"Response"}
	}
	return []string{"EntityDescriptor"}
}

// recorder keeps every document of SAML that browsers are given.
type recorder struct {
	gateway, provider, desk string
	sent                    []sent
}

// browser is a new visitor whose traffic is recorded.
func (r *recorder) browser(t *testing.T) *webtest.Client {
	b := webtest.New(t)
	b.HTTP.Transport = r
	return b
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if err := r.look(r.entity(request.URL), res, body); err != nil {
		return nil, err
	}
	return res, nil
}

// entity is who answers at an address. At the desk stand two simulated providers, and
// the gateway has an entity of its own for CIE.
func (r *recorder) entity(at *url.URL) string {
	base := at.Scheme + "://" + at.Host
	for _, path := range []string{"/cie/", "/eidas/"} {
		if strings.HasPrefix(at.Path, path) && (base == r.desk || path == "/cie/") {
			return base + path
		}
	}
	return base
}

func (r *recorder) look(from string, res *http.Response, body []byte) error {
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/samlmetadata+xml") {
		k := descriptionOfService
		if from == r.provider || strings.HasPrefix(from, r.desk+"/") {
			k = descriptionOfProvider
		}
		r.sent = append(r.sent, sent{kind: k, from: from, xml: body})
		return nil
	}
	if location := res.Header.Get("Location"); strings.Contains(location, "SAMLRe") {
		return r.redirect(from, location)
	}
	return r.page(from, string(body))
}

func (r *recorder) redirect(from, location string) error {
	u, err := url.Parse(location)
	if err != nil {
		return err
	}
	m, err := binding.FromQuery(u.RawQuery)
	if err != nil {
		return err
	}
	r.sent = append(r.sent, sent{kind: requestByRedirect, from: from, xml: m.XML, query: u.RawQuery})
	return nil
}

var field = regexp.MustCompile(`name="(SAMLRequest|SAMLResponse)" value="([^"]*)"`)

func (r *recorder) page(from, text string) error {
	for _, found := range field.FindAllStringSubmatch(text, -1) {
		document, err := binding.DecodePost(html.UnescapeString(found[2]))
		if err != nil {
			return err
		}
		m := sent{kind: answerOfFailure, from: from, xml: document}
		switch {
		case found[1] == binding.Request:
			m.kind = requestByPost
		case bytes.Contains(document, []byte("status:Success")):
			m.kind = answerOfSuccess
		}
		r.sent = append(r.sent, m)
	}
	return nil
}
