// Package worlds is the gateway among the federations, as its settings have it: the
// services towards SPID and CIE, what the login page shows of their providers, and the
// ways out.
package worlds

import (
	"time"

	"atrio/gateway/doors/exit"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/services"
	"atrio/saml/xmlsec"
	"atrio/web"
)

// House is what the federations meet.
type House struct {
	Site     *web.Site
	Services *services.Register
	// SPID, CIE and EIDAS know the providers; the last two are nil without their doors.
	SPID, CIE, EIDAS samldoor.Directory
	// Outage tells of known problems; nil when only the settings know.
	Outage func(entityID string) (text string, on bool)
	// The signers, and what is published of their certificates.
	SPIDSigner, CIESigner             xmlsec.Signer
	SPIDCertificates, CIECertificates func() [][]byte
	// Sessions are those at providers.
	Sessions exit.Sessions
	Now      func() time.Time
}
