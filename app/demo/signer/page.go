package signer

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"atrio/idp/proofing/signature/pdfsigned"
	"atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/signing"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// Mount gives the page its address.
func (s *Signer) Mount(m *web.Mux) {
	m.Get(Path, func(w http.ResponseWriter, r *http.Request) error {
		return s.show(w, r, http.StatusOK, view{Form: pades, Certificate: good})
	})
	m.Post(Path, s.sign, web.MaxBody(2*signing.MaxBytes))
}

// The two forms of a signature, and the certificates that can be had.
const (
	pades = "pades"
	cades = "cades"

	good    = "good"
	revoked = "revoked"
	card    = "card"
)

// view is the view of "signer/sign".
type view struct {
	ui.Errors
	FiscalCode, GivenName, FamilyName string
	Form, Certificate                 string
}

func (s *Signer) show(w http.ResponseWriter, r *http.Request, status int, v view) error {
	return s.site.Page(w, r, status, "signer/sign", v)
}

// sign signs a contract in the name of whoever is typed: a certificate is issued on the
// spot, which only a test may do.
func (s *Signer) sign(w http.ResponseWriter, r *http.Request) error {
	f, sent, err := web.ReadUploads(r, signing.MaxBytes, "contract")
	if err != nil {
		return err
	}
	const longest = 60
	v := view{
		FiscalCode: strings.ToUpper(strings.Join(strings.Fields(f.Text("fiscal_code", web.Required, web.Max(30))), "")),
		GivenName:  f.Text("given_name", web.Required, web.Max(longest)), FamilyName: f.Text("family_name", web.Required, web.Max(longest)),
		Form: f.Choice("form", pades, cades), Certificate: f.Choice("certificate", good, revoked, card),
	}
	code, err := person.ParseFiscalCode(v.FiscalCode)
	if v.FiscalCode != "" && err != nil {
		f.Fail("fiscal_code", "signer.fiscal_code.wrong")
	}
	contract := sent["contract"]
	if len(contract) > signing.MaxBytes || pdfsigned.Check(contract) != nil {
		f.Fail("contract", "signer.contract.wrong")
	}
	if !f.OK() {
		v.Errors = f.Errors
		return s.show(w, r, http.StatusUnprocessableEntity, v)
	}
	by := s.issue(code, v)
	signed, name, media := signaturetest.Message{Content: contract, Claimed: s.site.Now()}.Sign(by), "contratto.pdf.p7m", "application/pkcs7-mime"
	if v.Form == pades {
		if signed, err = signaturetest.SignPDF(contract, by); err != nil {
			return err
		}
		name, media = "contratto-firmato.pdf", "application/pdf"
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(signed)))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(signed)
	return err
}

// issue gives the certificate that was asked for.
func (s *Signer) issue(code person.FiscalCode, v view) *signaturetest.Identity {
	if v.Certificate == card {
		return s.authority.Issue(s.authority.Granted, signaturetest.CNS(string(code)))
	}
	by := s.authority.Person(s.authority.Granted, string(code), signaturetest.Named(v.GivenName, v.FamilyName))
	if v.Certificate == revoked {
		const keyCompromise = 1
		s.authority.Granted.Revoke(by.Certificate, s.site.Now().Add(-time.Minute), keyCompromise)
	}
	return by
}
