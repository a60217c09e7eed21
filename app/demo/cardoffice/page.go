package cardoffice

import (
	"crypto/x509"
	"net/http"
	"strconv"
	"strings"
	"time"

	"atrio/app/demo/cardoffice/pkcs12"
	"atrio/idp/proofing/signature/signaturetest"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// Mount gives the page its address.
func (o *Office) Mount(m *web.Mux) {
	m.Get(Path, func(w http.ResponseWriter, r *http.Request) error {
		return o.show(w, r, http.StatusOK, view{Kind: good})
	})
	m.Post(Path, o.issue)
}

// The cards that can be had.
const (
	good     = "good"
	revoked  = "revoked"
	expired  = "expired"
	like     = "like"
	signs    = "signs"
	identity = "identity"
)

func kinds() []string { return []string{good, revoked, expired, like, signs, identity} }

// view is the view of "cardoffice/card".
type view struct {
	ui.Errors
	FiscalCode, Kind string
	Password         string
}

func (o *Office) show(w http.ResponseWriter, r *http.Request, status int, v view) error {
	v.Password = Password
	return o.site.Page(w, r, status, "cardoffice/card", v)
}

// issue gives the card of whoever is typed, which only a test may do.
func (o *Office) issue(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := view{FiscalCode: strings.ToUpper(strings.Join(strings.Fields(f.Text("fiscal_code", web.Required, web.Max(30))), "")), Kind: f.Choice("kind", kinds()...)}
	code, err := person.ParseFiscalCode(v.FiscalCode)
	if v.FiscalCode != "" && err != nil {
		f.Fail("fiscal_code", "cardoffice.fiscal_code.wrong")
	}
	if !f.OK() {
		v.Errors = f.Errors
		return o.show(w, r, http.StatusUnprocessableEntity, v)
	}
	card := o.card(string(code), v.Kind)
	file, err := pkcs12.Encode(card.Key, []*x509.Certificate{card.Certificate, o.authority.Granted.Certificate}, Password)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/x-pkcs12")
	h.Set("Content-Disposition", `attachment; filename="cns-`+v.Kind+`.p12"`)
	h.Set("Content-Length", strconv.Itoa(len(file)))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(file)
	return err
}

// card issues what was asked for.
func (o *Office) card(code, kind string) *signaturetest.Identity {
	a, now := o.authority, o.site.Now()
	cns := signaturetest.CNS(code)
	switch kind {
	case expired:
		return a.Issue(a.Granted, cns, signaturetest.Dates(now.AddDate(-6, 0, 0), now.AddDate(0, 0, -1)))
	case like:
		return a.Issue(a.Granted, cns, func(c *x509.Certificate) { c.Policies = nil })
	case signs:
		return a.Person(a.Granted, code)
	case identity:
		return a.Issue(a.Granted, signaturetest.CIE(code))
	}
	card := a.Issue(a.Granted, cns)
	if kind == revoked {
		const keyCompromise = 1
		a.Granted.Revoke(card.Certificate, now.Add(-time.Minute), keyCompromise)
	}
	return card
}
