package simulator

import (
	"net/http"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	samlidp "atrio/saml/idp"
	"atrio/web"
)

// response is the right answer about a person, unsigned.
func (p *Provider) response(v Visit, h Holder) *saml.Response {
	now := p.Now()
	r := p.IdP.Unsigned(&v.Request, spidsaml.Answer{
		ResponseID: saml.NewID(), AssertionID: saml.NewID(), NameID: saml.NewID(), SessionIndex: v.Session,
		Level: v.Level, AuthnInstant: now, Now: now, Attributes: h.Attributes,
	})
	if p.Dress != nil {
		p.Dress(r, v)
	}
	return r
}

// agree sends the right answer, once.
func (p *Provider) agree(w http.ResponseWriter, r *http.Request, v Visit, h Holder) error {
	document, err := samlidp.Sign(p.response(v, h), p.IdP.Signer)
	if err != nil {
		return err
	}
	if !p.Visits.End(v.ID) {
		return errEnded
	}
	p.mu.Lock()
	if p.sent == nil {
		p.sent = map[string][]byte{}
	}
	p.sent[v.Request.Service] = document
	p.mu.Unlock()
	if p.Agreed != nil {
		p.Agreed(v)
	}
	return p.post(w, r, &v.Request, document)
}

// last is the last right answer to a service, nil before the first.
func (p *Provider) last(service string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent[service]
}

// refuse reports an anomaly to the service.
func (p *Provider) refuse(w http.ResponseWriter, r *http.Request, request *spidsaml.Authn, code int) error {
	row, _ := spid.LookupAnomaly(code) // all callers use codes of the table
	document, err := p.IdP.Failure(request, row, saml.NewID(), p.Now())
	if err != nil {
		return err
	}
	return p.post(w, r, request, document)
}

// wrong is an answer that the service has to refuse.
func (p *Provider) wrong(v Visit, h Holder, s Spoilt) ([]byte, error) {
	if s.ID == used {
		return p.last(v.Request.Service), nil
	}
	signer, answer := p.IdP.Signer, p.response(v, h)
	if s.ID == strangeKey {
		var err error
		if signer, err = p.strangerSigner(); err != nil {
			return nil, err
		}
	}
	if s.change != nil {
		s.change(answer, spoiling{now: p.Now(), asked: v.Request.Target(), needed: p.Needed})
	}
	return samlidp.Sign(answer, signer)
}

// post sends an answer through the browser: HTTP-POST only. SPID-RT 1.2.2.2
func (p *Provider) post(w http.ResponseWriter, r *http.Request, request *spidsaml.Authn, document []byte) error {
	fields := []web.Field{{Name: "SAMLResponse", Value: binding.EncodePost(document)}}
	if request.RelayState != "" { // SAML-bindings 3.5.3: exactly as it came
		fields = append(fields, web.Field{Name: "RelayState", Value: request.RelayState})
	}
	return p.Site.AutoPost(w, r, web.AutoPost{Action: request.ACSURL, Fields: fields, TitleKey: "demo.simulator.answer"})
}
