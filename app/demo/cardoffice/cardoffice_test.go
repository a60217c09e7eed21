package cardoffice

import (
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/cns/card"
	"atrio/idp/proofing/trustlist"
	"atrio/web/ui"
	"atrio/web/webtest"
)

const mine = "PRVMRA83E50A744N"

// What the office gives is judged as a provider judges it, over the network, at the start
// and after the clock of the demonstration has jumped.
func TestCardsAreJudgedByTheAuthorityThatIsPublished(t *testing.T) {
	present := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	now := func() time.Time { return present }
	var o *Office
	webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "desk", base, now, Pages())
		o = New(site, now)
		return o.Around(site.Handler(o))
	})
	c, err := o.Publish(t.TempDir(), "127.0.0.1:0", "https://localhost:8443")
	if err != nil {
		t.Fatal(err)
	}
	if faults := c.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	issuers, err := trustlist.Certificates(c.Authorities)
	if err != nil {
		t.Fatal(err)
	}
	reach, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for _, one := range issuers {
		pool.AddCert(one)
	}
	judge := &cns.Judge{Authorities: pool, Policies: card.Policies(), Fetcher: authorities.New(reach, now), Now: now}
	for _, jump := range []time.Duration{0, 20 * 365 * 24 * time.Hour} {
		present = present.Add(jump)
		for kind, want := range map[string]card.Refusal{
			good: "", revoked: cns.Revoked, expired: card.Expired, like: card.NotCNS, signs: card.Signature, identity: card.CIE,
		} {
			v, err := judge.Judge(t.Context(), []*x509.Certificate{o.card(mine, kind).Certificate})
			if got := card.Of(err); got != want || (err == nil) != (want == "") || err == nil && v.FiscalCode != mine {
				t.Errorf("%s at %s: %v", kind, present, err)
			}
		}
	}
}

func TestTheOfficeGivesAFileOrSaysWhatIsWrong(t *testing.T) {
	now := func() time.Time { return time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC) }
	base := webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "desk", base, now, Pages())
		return site.Handler(New(site, now))
	})
	visitor := webtest.New(t)
	for _, kind := range kinds() {
		page := visitor.Submit(visitor.Get(base+Path).FormWith("fiscal_code"), "fiscal_code", "prv mra83e50a744n", "kind", kind)
		if page.Status != http.StatusOK || page.Header.Get("Content-Type") != "application/x-pkcs12" || len(page.Body) < 1000 {
			t.Errorf("%s: %d, %v", kind, page.Status, page.Header)
		}
	}
	page := visitor.Submit(visitor.Get(base+Path).FormWith("fiscal_code"), "fiscal_code", "PRVMRA83E50A744X", "kind", revoked)
	page.Expect(http.StatusUnprocessableEntity, "Il codice fiscale non è giusto.")
	if f := page.FormWith("fiscal_code").Values; f.Get("fiscal_code") != "PRVMRA83E50A744X" || f.Get("kind") != revoked {
		t.Errorf("what was typed became %v", f)
	}
}

func TestThePageIsSoundInBothLanguages(t *testing.T) {
	views := []any{view{Kind: good, Password: Password}}
	for _, kind := range kinds() {
		views = append(views, view{Kind: kind, FiscalCode: "<x>", Errors: ui.Errors{{Field: "fiscal_code", Key: "cardoffice.fiscal_code.wrong"}, {Field: "kind", Key: "form.required"}}})
	}
	webtest.Pages(t, Pages(), map[string][]any{"card": views})
}
