package chip

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"atrio/base/qrcode"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/web"
	"atrio/web/ui"
)

// valid is how long a code holds.
const valid = 5 * time.Minute

// patience is after how many failures in a row another way is offered first.
const patience = 3

// pageView is the view of "chip/chip".
type pageView struct {
	ui.Errors
	// Read: the document is read; Signed: the contract is signed too.
	Read, Signed bool
	Name         string
	// Stale: it was read too long before the film. // VAL-8.3.2-04A
	Stale bool
	// Bound: the document was read as declared, so that only an abort leads to corrections.
	Bound bool
	// Licence: the declared document has no chip.
	Licence bool
	// Number, Birth and Expiry are what opens the chip, as declared.
	Number        string
	Birth, Expiry time.Time
	Opener        string
	Attempts      Attempts
	// Tired: another way is offered first.
	Tired   bool
	Clients []ClientConfig
}

// codeView is the view of "chip/code".
type codeView struct {
	Code, Address string
	Minutes       int
	Drawing       template.HTMLAttr
	Size          int
	Clients       []ClientConfig
}

// page shows where the applicant stands on this way.
func (c *Chip) page(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	q, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	if c.fresh(request) && q.Value("again") == "" {
		v := pageView{Read: true, Signed: request.Data.SignedNow(), Bound: request.May(enrolment.Abort, enrolment.Applicant)}
		for _, f := range request.Data.Verdict.Facts {
			if f.Name == "chip_name" {
				v.Name = f.Value
			}
		}
		return c.Site.Page(w, r, http.StatusOK, "chip/chip", v)
	}
	return c.show(w, r, http.StatusOK, request, "zone", nil)
}

func (c *Chip) show(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, opener string, errs ui.Errors) error {
	attempts, err := c.Store.ChipAttempts(r.Context(), request.ID, c.Now())
	if err != nil {
		return err
	}
	d := request.Data
	return c.Site.Page(w, r, status, "chip/chip", pageView{
		Errors: errs, Licence: kinds[d.Document.Kind] == "", Number: d.Document.Number, Birth: d.Person.BirthDate.Add(noon), Expiry: d.Document.ExpiresOn.Add(noon),
		Opener: opener, Attempts: attempts, Tired: attempts.Failures >= patience, Clients: c.Clients,
		Stale: request.State == enrolment.ChipRead && !c.fresh(request), Bound: request.May(enrolment.Abort, enrolment.Applicant),
	})
}

// noon keeps a calendar day the same day in the Italian zone.
const noon = 12 * time.Hour

// pair shows a code, once. Another one ends the one before.
func (c *Chip) pair(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	p := Pairing{Request: request.ID, Version: request.Version, At: c.Now(), Expires: c.Now().Add(valid)}
	opener := f.Value("opener")
	if opener == "can" {
		p.CAN = strings.ReplaceAll(f.Text("can", web.Max(20)), " ", "")
	}
	if _, err := keyOf(request.Data, p.CAN); opener == "can" && (p.CAN == "" || err != nil) {
		f.Fail("can", "chip.can.wrong")
	} else if opener != "can" && opener != "zone" {
		f.Fail("opener", "chip.opener.missing")
	} else if err != nil {
		f.Fail("opener", "chip.refused.key")
	}
	if kinds[request.Data.Document.Kind] == "" {
		f.Fail("opener", "chip.licence")
	}
	if !f.OK() {
		return c.show(w, r, http.StatusUnprocessableEntity, request, opener, f.Errors)
	}
	code := enrolment.NewNumber()
	p.Digest = c.digest(code)
	if err := c.Store.PairChip(r.Context(), p); err != nil {
		return err
	}
	address := c.Site.BaseURL + RelayPath
	drawn, err := qrcode.New(address + "#" + string(code))
	if err != nil {
		return err
	}
	return c.Site.Page(w, r, http.StatusOK, "chip/code", codeView{
		Code: string(code), Address: address, Minutes: int(valid.Minutes()), Size: drawn.Size(), Clients: c.Clients,
		Drawing: template.HTMLAttr(`d="` + drawn.Path() + `"`), //nolint:gosec // letters and digits of ours
	})
}

// correct goes back from a document that was read to what was declared of it.
func (c *Chip) correct(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	reason := c.Site.Pages.Catalog().Text(request.Data.Language, "chip.correct.reason")
	if _, err := c.Way.TakeWith(r, request, enrolment.Change{Act: enrolment.Abort, Reason: reason}); err != nil {
		return err
	}
	return web.Redirect(w, r, way.Documents)
}

// together is how long after the reading the film may come: document and face are shown by
// one person in one go. // VAL-8.3.2-04A
const together = time.Hour

// fresh tells whether a document was read, and not too long ago for a film.
func (c *Chip) fresh(request enrolment.Request) bool {
	return request.State == enrolment.ChipRead && c.Now().Before(filmBy(request))
}

// filmBy is until when the film of a request has to come.
func filmBy(request enrolment.Request) time.Time {
	if request.Data.Verdict == nil {
		return time.Time{}
	}
	return request.Data.Verdict.At.Add(together)
}

// next is where somebody goes on who cannot film yet: to the signature, or to the document.
func next(request enrolment.Request) string {
	if !request.Data.SignedNow() {
		return way.Sign
	}
	return way.Chip
}
