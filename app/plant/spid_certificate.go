package plant

import (
	"cmp"
	"time"

	"atrio/app/config"
	"atrio/base/keys"
)

// SPIDPurpose is the succession of keys towards SPID. The certificate of a private
// service comes from the authority: its pairs cannot sign before it is imported.
// Avviso SPID 29
func SPIDPurpose(c *config.Gateway) keys.Purpose {
	p := keys.SPID().Certified(func(now time.Time) keys.Certificate { return spidCertificate(c, now) })
	p.Authority = OfPrivate(c)
	return p
}

// OfPrivate tells a private service from a public one.
func OfPrivate(c *config.Gateway) bool {
	profile, _ := c.SPID.Kind.Profile()
	return profile.Private
}

// spidCertificate names who signs as the federation wants it: the institution, or the
// aggregator or operator that it is. // Avviso SPID 29, Avviso SPID 19
func spidCertificate(c *config.Gateway, now time.Time) keys.Certificate {
	o, who := c.SPID.Organization.It, c.SPID.Contact
	policies := keys.SPIDPublicPolicies()
	id := "PA:IT-" + who.IPACode
	if OfPrivate(c) || who.IPACode == "" {
		id = "CF:IT-" + who.FiscalCode
		if v := who.VATNumber; len(v) > 2 {
			id = "VAT" + v[:2] + "-" + v[2:]
		}
	}
	if OfPrivate(c) {
		policies = keys.SPIDPrivatePolicies()
	}
	return keys.Certificate{
		Subject: keys.LegalSubject{
			CommonName: o.DisplayName, Organization: cmp.Or(who.Company, o.Name), OrganizationID: id,
			URI: cmp.Or(c.SPID.EntityID, c.BaseURL), Country: "IT", Locality: c.SPID.Locality,
		}.Name(),
		Policies: policies, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(CertificateLife),
	}
}
