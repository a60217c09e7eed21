package spidsaml

import (
	"errors"
	"slices"

	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/slo"
	"atrio/saml/sp"
	"atrio/saml/xmlsec"
)

// Farewell is a message of logout after all checks.
type Farewell struct {
	// Peer is who sent it, Binding how it came, RelayState what goes back with it.
	Peer                Peer
	Binding, RelayState string
	// Request tells a LogoutRequest from an answer.
	Request bool
	ID      string

	// NameID and SessionIndexes name the sessions that a request ends.
	NameID         string
	SessionIndexes []string

	// InResponseTo is the request that an answer belongs to; Complete tells that the
	// other side ended everything, Partial that it ended its own part only.
	InResponseTo      string
	Complete, Partial bool
	// XML is the message as received.
	XML []byte
}

// maxSessionIndexes is more than one provider has sessions of one person in a browser.
const maxSessionIndexes = 8

// Read checks a message of logout. The error is a *LogoutRefusal.
func (l Leaver) Read(in Incoming, peers func(entityID string) (Peer, bool)) (*Farewell, error) {
	f := &farewell{own: l, in: in, peers: peers}
	for _, c := range logoutCommon {
		if err := c.run(f); err != nil {
			return nil, f.refuse(c, err)
		}
	}
	rest := logoutResponseChecks
	if f.out.Request {
		rest = logoutRequestChecks
	}
	for _, c := range rest {
		if err := c.run(f); err != nil {
			return nil, f.refuse(c, err)
		}
	}
	return &f.out, nil
}

// farewell is a message on its way through the checks. Each may use what earlier ones
// have established, and nothing else.
type farewell struct {
	own   Leaver
	in    Incoming
	peers func(string) (Peer, bool)

	message  *slo.Message
	signed   *xmlsec.Element
	request  *saml.LogoutRequest
	response *saml.LogoutResponse
	out      Farewell

	// What both messages have.
	id, version, destination string
	instant                  saml.Instant
	issuer                   *saml.NameID
}

func (f *farewell) refuse(c LogoutCheck, cause error) *LogoutRefusal {
	r := &LogoutRefusal{Check: c, cause: cause}
	if f.out.Peer.EntityID != "" { // a known name, so it cannot be a stranger's text
		r.Issuer = f.out.Peer.EntityID
	}
	return r
}

func (f *farewell) open() error {
	var m *binding.Message
	var err error
	switch f.in.Method {
	case "GET":
		m, err = binding.FromQuery(f.in.RawQuery)
		f.out.Binding = saml.BindingRedirect
	case "POST":
		m, err = binding.FromForm(f.in.Form)
		f.out.Binding = saml.BindingPost
	default:
		err = errors.New("another method")
	}
	if err != nil {
		return err
	}
	f.message, err = slo.Open(m, f.in.Method == "POST")
	f.out.RelayState, f.out.XML, f.out.Request = m.RelayState, m.XML, m.Parameter == binding.Request
	return err
}

func (f *farewell) known() error {
	if f.message.Issuer == nil || f.message.Issuer.Value == "" {
		return errors.New("no issuer")
	}
	peer, known := f.peers(f.message.Issuer.Value)
	if !known {
		return errors.New("unknown issuer")
	}
	f.out.Peer = peer
	return require(peer.current(f.in.Now), "metadata past its end")
}

func (f *farewell) verify() (err error) {
	f.signed, err = f.message.Verify(f.out.Peer.Keys)
	return err
}

// read takes the fields from the verified element alone. Of a redirect the whole text is
// covered by the signature; of a POST only what Verify returned.
func (f *farewell) read() (err error) {
	if f.out.Request {
		if f.request, err = saml.ReadLogoutRequest(f.signed); err != nil {
			return err
		}
		r := f.request
		f.id, f.version, f.destination, f.instant, f.issuer = r.ID, r.Version, r.Destination, r.IssueInstant, r.Issuer
	} else {
		if f.response, err = saml.ReadLogoutResponse(f.signed); err != nil {
			return err
		}
		r := f.response
		f.id, f.version, f.destination, f.instant, f.issuer = r.ID, r.Version, r.Destination, r.IssueInstant, r.Issuer
	}
	return sp.Issuer(f.issuer, f.out.Peer.EntityID)
}

func (f *farewell) identifier() error {
	f.out.ID = f.id
	return require(isName(f.id), "missing or not an identifier")
}

func (f *farewell) versioned() error { return require(f.version == saml.Version, "another version") }

func (f *farewell) issued() error {
	at, err := f.instant.Time()
	if err != nil {
		return err
	}
	age := f.in.Now.Sub(at)
	return require(age >= -f.own.skew() && age <= f.own.life()+f.own.skew(), "too old or in the future")
}

func (f *farewell) destined() error {
	return require(f.destination == f.own.SLOURL, "another destination")
}

// issuerFormat is strict with services, whose requests a provider must check, and takes of
// providers what SPID-RT 1.2.2 also allows in their answers: no Format.
func (f *farewell) issuerFormat() error {
	if f.own.provider {
		return require(f.issuer.Format == saml.FormatEntity && f.issuer.NameQualifier != "", "issuer without format or qualifier")
	}
	return require(f.issuer.Format == saml.FormatEntity || f.issuer.Format == "", "another format")
}

func (f *farewell) unexpired() error {
	if f.request.NotOnOrAfter == "" {
		return nil
	}
	_, err := sp.Clock{Now: f.in.Now, Skew: f.own.skew()}.Ended(f.request.NotOnOrAfter)
	return err
}

func (f *farewell) named() error {
	provider := f.out.Peer.EntityID
	if f.own.provider {
		provider = f.own.EntityID
	}
	n := f.request.NameID
	switch {
	case n == nil || n.Value == "":
		return errors.New("no name")
	case n.Format != saml.FormatTransient:
		return errors.New("not transient")
	case n.NameQualifier != provider:
		return errors.New("qualified by somebody else")
	case n.SPNameQualifier != "":
		return errors.New("with a qualifier of the service")
	}
	f.out.NameID = n.Value
	return nil
}

func (f *farewell) indexed() error {
	f.out.SessionIndexes = f.request.SessionIndexes
	return require(len(f.out.SessionIndexes) > 0 && len(f.out.SessionIndexes) <= maxSessionIndexes && !slices.Contains(f.out.SessionIndexes, ""), "no session, an empty one, or too many")
}

func (f *farewell) answers() error {
	f.out.InResponseTo = f.response.InResponseTo
	return require(f.out.InResponseTo != "", "no request")
}

func (f *farewell) stated() error {
	s := f.response.Status
	if s == nil || s.Code == "" {
		return errors.New("no status code")
	}
	// A Success with the second level PartialLogout is the form of SAML-core 3.7.3.2, the
	// other that of Avviso SPID 3; both say the same.
	f.out.Partial = s.SubCode == saml.StatusPartialLogout
	f.out.Complete = s.Code == saml.StatusSuccess && !f.out.Partial
	return nil
}
