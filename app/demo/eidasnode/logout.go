package eidasnode

import (
	"net/http"

	"atrio/app/demo/simulator"
	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/slo"
	"atrio/web"
)

// began notes the session of an answer: like a provider of SPID the node has one at
// level 1 only. SPID-RT single logout
func (n *Node) began(v simulator.Visit) {
	if v.Level == spid.L1 {
		n.sessions.Begin(v)
	}
}

// logout ends the session that a service names and answers; what is over already, or
// never was, is a partial logout. Avviso SPID 3
func (n *Node) logout(w http.ResponseWriter, r *http.Request) error {
	in, err := n.Incoming(r)
	if err != nil {
		return err
	}
	own := n.IdP.Leaver()
	f, err := own.Read(in, func(entityID string) (spidsaml.Peer, bool) {
		s, known := n.Service(entityID)
		return s.Peer(n.Now()), known
	})
	if err != nil || !f.Request {
		return fault.New(fault.Denied, "error.demo.eidas_logout").For("demo_eidas_logout").Because(err)
	}
	partial := false
	for _, index := range f.SessionIndexes {
		partial = !n.sessions.End(simulator.Session{Index: index, Service: f.Peer.EntityID}) || partial
	}
	d, err := own.Answer(saml.NewID(), n.Now(), f.Peer, f.ID, f.Binding, partial)
	if err != nil {
		return err
	}
	return n.deliver(w, r, d, f.RelayState)
}

func (n *Node) deliver(w http.ResponseWriter, r *http.Request, d slo.Delivery, relayState string) error {
	if d.Binding == saml.BindingRedirect {
		address, err := d.RedirectURL(relayState)
		if err != nil {
			return err
		}
		return web.Redirect(w, r, address)
	}
	value, err := d.Field()
	if err != nil {
		return err
	}
	fields := []web.Field{{Name: d.Parameter, Value: value}}
	if relayState != "" { // SAML-bindings 3.5.3
		fields = append(fields, web.Field{Name: "RelayState", Value: relayState})
	}
	return n.Site.AutoPost(w, r, web.AutoPost{Action: d.Location, Fields: fields, TitleKey: "demo.simulator.answer"})
}
