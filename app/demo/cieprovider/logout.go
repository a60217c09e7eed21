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
	had := index != nil && c.sessions.End(simulator.Session{Index: index.Text(), Service: service.EntityID})
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
