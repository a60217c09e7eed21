package console

import (
	"net/http"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/pictures"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

// Ticks are what an operator sees, and says with a tick each; the keys stand in the request
// and in the evidence. // REG 7, 2.c
var ticks = []string{"person", "document", "health_card", "data", "contract", "contacts"}

// shared is from how many other requests with the same telephone on the operator is told:
// families share one. // A18
const shared = 3

// requestView is the view of "console/request".
type requestView struct {
	ui.Errors
	Number, State string
	Version       int
	// Elsewhere is the Point of an appointment that is not here, Booked its time.
	Elsewhere string
	Booked    time.Time
	// Person, Papers and Contact are what the applicant said, beside the Pictures.
	Person, Papers, Contact []fact
	Doubts                  []string
	Shared                  int
	Pictures                []pictureView
	Most                    int64
	Unpictured, AtPoint     bool
	Wanted                  []enrolment.Item

	Contract time.Time // when it was frozen; zero: there is none
	Signed   time.Time
	// PaperURL is the signed paper; "" for a signature by code. Paper: it is a picture.
	PaperURL string
	Code     codeView

	Ticks  []tickView
	Items  []askView
	Reason string
	// Act is the outcome that is open on the page.
	Act                                                                string
	MayTake, MayCheck, MayIdentify, MayComeBack, MaySuspect, MayResume bool
	Untrained                                                          bool
}

type fact struct{ Key, Value string }

type pictureView struct{ What, URL string }

type tickView struct {
	Name, Key string
	Set       bool
}

type askView struct {
	What, Why string
	Set       bool
}

// codeView is the signature by code: To is the number, masked, Again how many seconds to
// wait before another one.
type codeView struct {
	Offered, Sent bool
	To, Notice    string
	Again, Life   int
}

// show opens a request: that it was opened, and why, stands in the log first. // A16
func (c *Console) show(w http.ResponseWriter, r *http.Request) error {
	v, err := c.visited(r)
	if err != nil {
		return err
	}
	return c.page(w, r, http.StatusOK, v, requestView{})
}

// page shows a request; view has what the operator filled in.
func (c *Console) page(w http.ResponseWriter, r *http.Request, status int, v visit, view requestView) error {
	err := c.Store.NoteRead(r.Context(), c.Desk.Event(r, audit.DataRead, v.request.Holder, map[string]string{
		"what": "request", "request": string(v.request.Number), "purpose": "identification",
	}))
	if err != nil {
		return err
	}
	if view.Shared, err = c.Store.SharedPhone(r.Context(), v.request.Data.Phone, v.request.ID); err != nil {
		return err
	}
	if view.Shared < shared {
		view.Shared = 0
	}
	c.fill(r, v, &view)
	c.offer(v, &view)
	if err := c.signature(r, v, &view); err != nil {
		return err
	}
	web.AllowCamera(w)
	return c.Desk.Site.Page(w, r, status, "console/request", view)
}

// fill gathers what is shown of a request.
func (c *Console) fill(r *http.Request, v visit, view *requestView) {
	q := v.request
	d := q.Data
	view.Number, view.State, view.Version, view.Wanted, view.Doubts = string(q.Number), string(q.State), q.Version, d.Wanted, d.Person.Doubts
	if q.Point != "" && q.Point != v.at.ID {
		view.Elsewhere = c.Directory.Name(q.Point)
	}
	if d.Booking != nil {
		view.Booked = d.Booking.At
	}
	texts, lang := c.Desk.Site.Pages.Catalog(), web.Lang(r)
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return texts.Date(lang, t)
	}
	view.facts(d, day)
	view.Most, view.AtPoint = c.Pictures.MaxBytes()>>20, c.Directory.OperatorUploads(q.Circuit)
	for _, what := range enrolment.Pictures() {
		one := pictureView{What: string(what)}
		if id := d.Pictures[what]; id != "" {
			one.URL = pathOf(q.Number) + evidencePath + id
		}
		view.Pictures = append(view.Pictures, one)
	}
	view.Unpictured = pictures.Missing(q)
	if view.Ticks == nil {
		// What a colleague ticked, the operator has not seen.
		view.Ticks = tickList(func(key string) bool { return d.CheckedBy == v.who.ID && d.Checks[key] })
	}
	if view.Items == nil {
		for _, what := range wantable {
			view.Items = append(view.Items, askView{What: string(what)})
		}
	}
}

// offer says what may be done now.
func (c *Console) offer(v visit, view *requestView) {
	view.Untrained = v.who.Trained(c.Desk.Now()) != nil
	may := func(act enrolment.Act) bool { return !view.Untrained && v.request.May(act, enrolment.Collector) }
	view.MayTake, view.MayCheck, view.MayIdentify = may(enrolment.AddPictures), may(enrolment.Check), may(enrolment.Identify)
	view.MayComeBack, view.MaySuspect = may(enrolment.ComeBack), may(enrolment.Suspect)
	view.MayResume = may(enrolment.Resubmit) && v.request.Data.Contract != nil && len(v.request.Data.Missing()) == 0
}

// signature says how far the signing is.
func (c *Console) signature(r *http.Request, v visit, view *requestView) error {
	d := v.request.Data
	if d.Contract == nil {
		return nil
	}
	view.Contract = d.Contract.At
	if d.SignedNow() {
		view.Signed = d.Signed.At
		if d.Signed.Paper != "" {
			view.PaperURL = pathOf(v.request.Number) + evidencePath + d.Signed.Paper
		}
	}
	if !view.MayCheck || d.Phone == "" || d.PhoneAt.IsZero() {
		return nil
	}
	sent, err := c.Codes.RequestCodeSent(r.Context(), v.request.ID, Sign)
	if err != nil {
		return err
	}
	view.Code.Offered, view.Code.To, view.Code.Life = true, secondfactor.Masked(d.Phone), minutes(c.Limits.Valid)
	view.Code.Sent = !sent.IsZero() && c.Desk.Now().Before(sent.Add(c.Limits.Valid))
	view.Code.Again = secondfactor.Seconds(sent, c.Limits.Pause, c.Desk.Now())
	return nil
}

func tickList(set func(key string) bool) (list []tickView) {
	for _, key := range ticks {
		list = append(list, tickView{Name: "tick_" + key, Key: "point.check." + key, Set: set(key)})
	}
	return list
}

// facts writes the data in words.
func (view *requestView) facts(d enrolment.Data, day func(time.Time) string) {
	p := d.Person
	view.Person = []fact{
		{"family_name", p.FamilyName}, {"given_name", p.GivenName}, {"gender", p.Gender}, {"birth_date", day(p.BirthDate)},
		{"birth_place", place(p.BirthName, p.BirthCounty)}, {"fiscal_code", p.FiscalCode}, {"citizenship", p.Citizenship}, {"residence", home(p.Residence)},
	}
	if p.Domicile != (identity.Domicile{}) {
		view.Person = append(view.Person, fact{"domicile", home(p.Domicile)})
	}
	doc := d.Document
	view.Papers = []fact{
		{"document_kind", doc.Kind}, {"document_number", doc.Number}, {"document_issuer", doc.Issuer},
		{"document_issued", day(doc.IssuedOn)}, {"document_expires", day(doc.ExpiresOn)},
	}
	if d.HealthCard.Number != "" {
		view.Papers = append(view.Papers, fact{"card_number", d.HealthCard.Number}, fact{"card_expires", day(d.HealthCard.ExpiresOn)})
	}
	view.Contact = []fact{{"email", d.Email}, {"phone", d.Phone}}
	if p.DigitalAddress != "" {
		view.Contact = append(view.Contact, fact{"digital_address", p.DigitalAddress})
	}
}

func place(name, county string) string {
	if county == "" {
		return name
	}
	return name + " (" + county + ")"
}

func home(d identity.Domicile) string {
	if d == (identity.Domicile{}) {
		return ""
	}
	return d.Street + ", " + d.PostalCode + " " + place(d.Municipality, d.Province) + ", " + d.Nation
}

func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }
