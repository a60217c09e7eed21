package cieprovider

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/app/demo/simulator"
	"atrio/federation/cie"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	samlidp "atrio/saml/idp"
	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
)

// reader checks requests that come to the address of one binding.
func (c *CIE) reader(path, way string) simulator.Reader {
	return func(in spidsaml.Incoming, services spidsaml.ServiceLookup) (*spidsaml.Authn, *spidsaml.Anomaly) {
		q := &question{in: in, way: way, location: c.Site.BaseURL + path}
		if found := q.open(services); found != nil {
			return nil, found
		}
		for _, row := range checks() {
			if err := row.run(q); err != nil {
				return &q.authn, simulator.Anomaly(row.code, row.title, err)
			}
		}
		return &q.authn, nil
	}
}

// question is a request on its way through the checks.
type question struct {
	in            spidsaml.Incoming
	way, location string
	service       spidsaml.Service
	root          *xmlsec.Element
	request       *saml.AuthnRequest
	// malformed is why request could not be read, though signed by the service.
	malformed error
	authn     spidsaml.Authn
}

// open finds out who asks and whether it is really them. Until then there is nobody
// to answer to: the person gets the page. CIE-SAML codiciErrore 4 to 7 and 10
func (q *question) open(services spidsaml.ServiceLookup) *spidsaml.Anomaly {
	m, found := q.take()
	if found != nil {
		return found
	}
	post := q.way == saml.BindingPost
	r, err := samlidp.Open(m, post)
	switch {
	case err != nil:
		return simulator.Anomaly(4, "not an AuthnRequest", err)
	case r.Issuer == nil || r.Issuer.Value == "":
		return simulator.Anomaly(10, "no Issuer", nil)
	}
	service, known := services(r.Issuer.Value)
	if !known || !service.Current(q.in.Now) {
		return simulator.Anomaly(10, "unknown Issuer, or its metadata is past its end", nil)
	}
	q.root, err = r.Verify(service.Keys(q.in.Now))
	if err != nil && post {
		return simulator.Anomaly(7, "signature of the POST", err)
	}
	if err != nil {
		return simulator.Anomaly(5, "signature of the query", err)
	}
	q.service = service
	q.authn = spidsaml.Authn{
		Service: service.EntityID, DisplayNames: service.DisplayNames, ACSURL: defaultConsumer(service).Location,
		RelayState: m.RelayState, XML: m.XML,
	}
	q.request, q.malformed = saml.ReadAuthnRequest(q.root)
	if id, _ := q.root.Attr("ID"); isName(id) {
		q.authn.RequestID = id
	}
	return nil
}

// take decodes the message by the binding of the address. CIE-SAML binding
func (q *question) take() (*binding.Message, *spidsaml.Anomaly) {
	post := q.way == saml.BindingPost
	if (q.in.Method == "POST") != post {
		return nil, simulator.Anomaly(6, "the address of the other binding", nil)
	}
	var m *binding.Message
	var err error
	if post {
		m, err = binding.FromForm(q.in.Form)
	} else {
		m, err = binding.FromQuery(q.in.RawQuery)
	}
	switch {
	case err != nil:
		return nil, simulator.Anomaly(4, "binding", err)
	case m.Parameter != binding.Request:
		return nil, simulator.Anomaly(4, "an answer instead of a request", nil)
	case !post && m.SigAlg == "":
		return nil, simulator.Anomaly(4, "no signature", nil)
	}
	return m, nil
}

// check is a row of the checks of a request whose origin is certain.
type check struct {
	code  int
	title string
	run   func(*question) error
}

// checks lists them in the order of the codes. CIE-SAML codiciErrore, protocolli
func checks() []check {
	return []check{
		{8, "conformity with SAML and CIE", (*question).conformant},
		{9, "Version", func(q *question) error { return require(q.request.Version == saml.Version, "another version") }},
		{11, "ID", func(q *question) error { return require(q.authn.RequestID != "", "missing or not an identifier") }},
		{12, "RequestedAuthnContext", (*question).context},
		{13, "IssueInstant", (*question).issued},
		// Unlike SPID the entityID is no Destination, nor the address of the other binding.
		{14, "Destination", func(q *question) error { return require(q.request.Destination == q.location, "another destination") }},
		{15, "IsPassive", func(q *question) error { return require(q.request.IsPassive == "", "present") }},
		{16, "AssertionConsumerService", (*question).consumer},
		{17, "NameIDPolicy", (*question).policy},
		{18, "AttributeConsumingServiceIndex", (*question).attributeSet},
	}
}

// conformant wants what no other code names. Issuer may go without Format and
// NameQualifier; ForceAuthn is always true; Scoping is not allowed; a redirect has
// no signature inside.
func (q *question) conformant() error {
	if q.malformed != nil {
		return q.malformed
	}
	format := q.request.Issuer.Format
	switch {
	case format != "" && format != saml.FormatEntity:
		return errors.New("another Format of the Issuer")
	case !q.request.ForceAuthn.IsTrue():
		return errors.New("ForceAuthn is not true")
	case q.root.Child(xmlsec.Name{Space: saml.NamespaceProtocol, Local: "Scoping"}) != nil:
		return errors.New("with Scoping")
	case q.way == saml.BindingRedirect && xmlsec.HasSignature(q.root):
		return errors.New("a signature inside a redirect")
	}
	q.authn.ForceAuthn = true
	return nil
}

// context takes exact for level 3 only: the lower ones are asked for as a minimum.
func (q *question) context() error {
	c := q.request.RequestedAuthnContext
	if c == nil || len(c.ClassRefs) != 1 {
		return errors.New("not one class")
	}
	level, ok := spid.ParseLevel(c.ClassRefs[0])
	if !ok {
		return errors.New("unknown class")
	}
	q.authn.Level, q.authn.Comparison = level, spid.Comparison(c.Comparison)
	if c.Comparison == "" {
		q.authn.Comparison = spid.Exact // SAML-core 3.3.2.2.1
	}
	return require(cie.Allowed(level, q.authn.Comparison), "a comparison that CIE does not know at this level")
}

// issued: the documents give no figure; a browser delivers a request at once.
func (q *question) issued() error {
	at, err := q.request.IssueInstant.Time()
	if err != nil {
		return err
	}
	const skew = time.Minute
	age := q.in.Now.Sub(at)
	return require(age >= -skew && age <= spidsaml.DefaultRequestLife+skew, "too old or in the future")
}

// consumer finds the address for the answer: by index, or by URL and binding, never by
// both.
func (q *question) consumer() error {
	r := q.request
	byURL := r.AssertionConsumerServiceURL != "" || r.ProtocolBinding != ""
	if r.AssertionConsumerServiceIndex != "" && byURL {
		return errors.New("index beside an address")
	}
	for _, c := range q.service.Consumers {
		if strconv.Itoa(c.Index) == r.AssertionConsumerServiceIndex ||
			byURL && c.Location == r.AssertionConsumerServiceURL && r.ProtocolBinding == saml.BindingPost {
			q.authn.ACSURL = c.Location
			return nil
		}
	}
	return errors.New("unknown index or address, or another binding")
}

func (q *question) policy() error {
	p := q.request.NameIDPolicy
	if p == nil || p.Format != saml.FormatTransient {
		return errors.New("not transient")
	}
	_, create := q.root.Child(xmlsec.Name{Space: saml.NamespaceProtocol, Local: "NameIDPolicy"}).Attr("AllowCreate")
	return require(!create, "with AllowCreate")
}

// attributeSet is required; of what a set names CIE has four.
func (q *question) attributeSet() error {
	for _, set := range q.service.AttributeSets {
		if strconv.Itoa(set.Index) != q.request.AttributeConsumingServiceIndex {
			continue
		}
		for _, a := range set.Attributes {
			if slices.Contains(cie.Attributes(), a.Name) && !slices.Contains(q.authn.Attributes, a.Name) {
				q.authn.Attributes = append(q.authn.Attributes, a.Name)
			}
		}
		return nil
	}
	return errors.New("missing or unknown")
}

func require(ok bool, what string) error {
	if ok {
		return nil
	}
	return errors.New(what)
}

// defaultConsumer is the one marked so, else the first (SAML-metadata 2.2.3).
func defaultConsumer(s spidsaml.Service) metadata.Consumer {
	for _, c := range s.Consumers {
		if c.Default {
			return c
		}
	}
	return s.Consumers[0]
}

// isName reports whether s can be quoted in InResponseTo: an XML name without colon,
// restricted to ASCII.
func isName(s string) bool {
	if s == "" || len(s) > 256 || strings.IndexByte("0123456789-.", s[0]) >= 0 {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == ""
}
