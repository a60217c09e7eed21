package cieprovider

import (
	"net/http"

	"atrio/app/demo/simulator"
	"atrio/base/fault"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/xmlsec"
	"atrio/web"
)

// maxSessions bounds what is remembered; the oldest give way.
const maxSessions = 1000

// began notes the session of an answer.
func (c *CIE) began(v simulator.Visit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions = append(c.sessions, session{index: v.Session, service: v.Request.Service})
	if over := len(c.sessions) - maxSessions; over > 0 {
		c.sessions = c.sessions[over:]
	}
}

// close ends the session of a service; false when there is none.
func (c *CIE) close(s session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, open := range c.sessions {
		if open == s {
			c.sessions = append(c.sessions[:i], c.sessions[i+1:]...)
			return true
		}
	}
	return false
}

// LogoutView is the view of "cie/logout"; Had is true when there was a session.
type LogoutView struct{ Had bool }

// logout is the "Simple Logout" of CIE: the request is taken and the session of the
// provider ends, but no SAML answer goes back. CIE-SAML protocolli, logout
func (c *CIE) logout(w http.ResponseWriter, r *http.Request) error {
	m, post, err := logoutMessage(r)
	if err != nil {
		return refusedLogout("demo_logout_binding", err)
	}
	root, err := xmlsec.Parse(m.XML, xmlsec.Message)
	if err != nil || root.Name != (xmlsec.Name{Space: saml.NamespaceProtocol, Local: "LogoutRequest"}) {
		return refusedLogout("demo_logout_message", err)
	}
	issuer, err := saml.ReadIssuer(root)
	if err != nil || issuer == nil {
		return refusedLogout("demo_logout_issuer", err)
	}
	service, known := c.Service(issuer.Value)
	if !known {
		return refusedLogout("demo_logout_issuer", nil)
	}
	if root, err = signedBy(service, root, m, post, c); err != nil {
		return refusedLogout("demo_logout_signature", err)
	}
	index := root.Child(xmlsec.Name{Space: saml.NamespaceProtocol, Local: "SessionIndex"})
	had := index != nil && c.close(session{index: index.Text(), service: service.EntityID})
	return c.Site.Page(w, r, http.StatusOK, "cie/logout", LogoutView{Had: had}, web.Plain)
}

func logoutMessage(r *http.Request) (m *binding.Message, post bool, err error) {
	post = r.Method == http.MethodPost
	if post != (r.URL.Path == postSLO) {
		return nil, post, fault.New(fault.Denied, "spid.anomaly.6")
	}
	if !post {
		m, err = binding.FromQuery(r.URL.RawQuery)
		return m, post, err
	}
	if err = r.ParseForm(); err != nil {
		return nil, post, err
	}
	m, err = binding.FromForm(r.PostForm)
	return m, post, err
}

// signedBy gives the element that the service signed.
func signedBy(s spidsaml.Service, root *xmlsec.Element, m *binding.Message, post bool, c *CIE) (*xmlsec.Element, error) {
	keys := s.Keys(c.Now())
	if !post {
		return root, m.Verify(keys)
	}
	signed, err := xmlsec.Verify(root, keys)
	if err != nil {
		return nil, err
	}
	return signed.Root(), nil
}

func refusedLogout(reason string, cause error) error {
	return fault.New(fault.Denied, "error.demo.logout").For(reason).Because(cause)
}
