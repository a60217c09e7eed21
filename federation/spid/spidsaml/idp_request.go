package spidsaml

import (
	"strings"
	"time"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/binding"
	samlidp "atrio/saml/idp"
)

// ReadRequest checks a request by the table of anomalies. Without anomaly the request may
// be acted upon. An anomaly for the service (spid.ToService) comes with as much of the
// request as Failure needs; one for the person (spid.ToPerson) comes alone and is shown
// as a page with its HTTP status.
func (idp *IdP) ReadRequest(in Incoming, services ServiceLookup) (*Authn, *Anomaly) {
	q := &question{idp: idp, in: in}
	if found := q.open(services); found != nil {
		return nil, found
	}
	for _, c := range requestChecks() {
		if err := c.run(q); err != nil {
			return &q.authn, anomaly(c.code, c.title, err)
		}
	}
	return &q.authn, nil
}

// question is a request on its way through the checks.
type question struct {
	idp     *IdP
	in      Incoming
	service Service
	request *saml.AuthnRequest
	// malformed is why request could not be read, though signed by the service.
	malformed error
	authn     Authn
}

// open finds out who asks and whether it is really them. Until then there is nobody to
// answer to, so every anomaly is for the person.
func (q *question) open(services ServiceLookup) *Anomaly {
	m, found := q.take()
	if found != nil {
		return found
	}
	post := q.in.Method == "POST"
	r, err := samlidp.Open(m, post)
	switch {
	case err != nil:
		return anomaly(4, "not an AuthnRequest", err)
	case r.Issuer == nil || r.Issuer.Value == "":
		return anomaly(10, "no Issuer", nil)
	}
	service, known := services(r.Issuer.Value)
	if !known || !service.Current(q.in.Now) {
		return anomaly(10, "unknown Issuer, or its metadata is past its end", nil)
	}
	signed, err := r.Verify(service.Keys(q.in.Now))
	if err != nil && post {
		return anomaly(7, "signature of the POST", err)
	}
	if err != nil {
		return anomaly(5, "signature of the query", err)
	}
	q.service = service
	q.authn = Authn{
		Service: service.EntityID, DisplayNames: service.DisplayNames, ACSURL: service.defaultConsumer().Location,
		RelayState: m.RelayState, XML: m.XML,
	}
	q.request, q.malformed = saml.ReadAuthnRequest(signed)
	if id, _ := signed.Attr("ID"); isName(id) {
		q.authn.RequestID = id
	}
	return nil
}

// take decodes the message by the binding of the method.
func (q *question) take() (*binding.Message, *Anomaly) {
	var m *binding.Message
	var err error
	switch q.in.Method {
	case "GET":
		m, err = binding.FromQuery(q.in.RawQuery)
	case "POST":
		m, err = binding.FromForm(q.in.Form)
	default:
		return nil, anomaly(6, "method", nil)
	}
	switch {
	case err != nil:
		return nil, anomaly(4, "binding", err)
	case m.Parameter != binding.Request:
		return nil, anomaly(4, "an answer instead of a request", nil)
	case q.in.Method == "GET" && m.SigAlg == "":
		return nil, anomaly(4, "no signature", nil)
	}
	return m, nil
}

// isName reports whether s can be an identifier and thus be quoted in InResponseTo: an
// XML name without colon, restricted to ASCII.
func isName(s string) bool {
	if s == "" || len(s) > 256 || s[0] >= '0' && s[0] <= '9' || s[0] == '-' || s[0] == '.' {
		return false
	}
	return strings.IndexFunc(s, notNameRune) < 0
}

func notNameRune(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.')
}

func (idp *IdP) skew() time.Duration {
	if idp.Skew == 0 {
		return DefaultSkew
	}
	return idp.Skew
}

func (idp *IdP) requestLife() time.Duration {
	if idp.RequestLife == 0 {
		return DefaultRequestLife
	}
	return idp.RequestLife
}

// comparison reads the Comparison of a request; absent means exact (SAML-core 3.3.2.2.1).
func comparison(c *saml.RequestedAuthnContext) spid.Comparison {
	if c.Comparison == "" {
		return spid.Exact
	}
	return spid.Comparison(c.Comparison)
}
