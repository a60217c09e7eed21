package form

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/pictures"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence/exhibit"
	"atrio/idp/identity"
	"atrio/people/civil"
	"atrio/web"
	"atrio/web/ui"
)

// kinds are the documents that identify: whole, valid, of a State administration, with
// photo and signature; by the words of the rules. // REG 7, SPID-RT attributi idCard
var kinds = []kind{
	{"cartaIdentita", regexp.MustCompile(`^([A-Z]{2}[0-9]{5}[A-Z]{2}|[A-Z]{2}[0-9]{7}|[0-9]{7}[A-Z]{2})$`)},
	{"passaporto", regexp.MustCompile(`^[A-Z]{2}[0-9]{7}$`)},
	{"patenteGuida", regexp.MustCompile(`^[A-Z0-9]{6,10}$`)},
}

// kind is a document and the form of its number.
type kind struct {
	Word string
	form *regexp.Regexp
}

// papers are documents as they stand in the fields.
type papers struct {
	Kind, Number, Issuer string
	Issued, Expires      date
	// Card has the codice fiscale on the Tessera Sanitaria, or on the card without an end.
	Card        string
	CardNumber  string
	CardExpires date
}

// The cards with the codice fiscale.
const (
	healthCard = "ts"
	fiscalCard = "cf"
)

// date is one in three fields.
type date struct{ Day, Month, Year string }

func (d date) time() (time.Time, bool) { return civil.Date(d.Day, d.Month, d.Year) }
func (d date) empty() bool             { return d == date{} }

func dateOf(t time.Time) date {
	if t.IsZero() {
		return date{}
	}
	return date{t.Format("2"), t.Format("1"), t.Format("2006")}
}

var documentFields = []string{
	"kind", "number", "issuer", "issued_day", "expires_day", "document_front", "document_back", "card", "card_number", "card_expires_day",
	"health_card_front", "health_card_back",
}

// documentsView is the view of "form/documents".
type documentsView struct {
	ui.Errors
	// Step is the place among the forms, Back the page before.
	Step   int
	Back   string
	P      papers
	Kinds  []string
	There  there
	Wanted []enrolment.Item
	// Most is the largest picture, in megabytes.
	Most int64
	// AtPoint: the operator takes those that are not there.
	AtPoint bool
}

// there tells which pictures are there already.
type there map[enrolment.Picture]bool

// Has is for the page.
func (t there) Has(what string) bool { return t[enrolment.Picture(what)] }

// documents asks for the documents and their pictures.
func (f *Forms) documents(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	d, card := request.Data.Document, request.Data.HealthCard
	p := papers{Kind: d.Kind, Number: d.Number, Issuer: d.Issuer, Issued: dateOf(d.IssuedOn), Expires: dateOf(d.ExpiresOn), CardNumber: card.Number, CardExpires: dateOf(card.ExpiresOn)}
	switch {
	case card.Number != "":
		p.Card = healthCard
	case d.Number != "":
		p.Card = fiscalCard
	}
	return f.showDocuments(w, r, http.StatusOK, request, p, nil)
}

func (f *Forms) showDocuments(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, p papers, errs ui.Errors) error {
	v := documentsView{
		Errors: inOrder(errs, documentFields), P: p, There: there{}, Most: f.Pictures.MaxBytes() >> 20, AtPoint: f.picturedAtPoint(request),
		Wanted: wantedOf(request, enrolment.WantedDocument, enrolment.WantedPictures),
	}
	if v.Step, v.Back = 3, way.Person; request.Data.DocumentsFirst {
		v.Step, v.Back = 2, way.Request
	}
	for _, k := range kinds {
		v.Kinds = append(v.Kinds, k.Word)
	}
	for _, what := range enrolment.Pictures() {
		v.There[what] = request.Data.Pictures[what] != ""
	}
	web.AllowCamera(w) // E02
	return f.Site.Page(w, r, status, "form/documents", v)
}

// saveDocuments takes pictures first, whatever else is wrong: nobody photographs a
// document twice because a date was mistyped. // E02
func (f *Forms) saveDocuments(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	form, files, err := web.ReadUploads(r, f.Pictures.MaxBytes(), pictures.Fields()...)
	if err != nil {
		return err
	}
	request, wrongPictures, err := f.takePictures(r, request, files)
	if err != nil {
		return err
	}
	p := readPapers(form)
	c := check{places: f.Places, now: f.Now(), errs: append(form.Errors, wrongPictures...)}
	document, card := c.papers(&p)
	if !f.picturedAtPoint(request) {
		c.pictures(request)
	}
	if len(c.errs) > 0 {
		return f.showDocuments(w, r, http.StatusUnprocessableEntity, request, p, c.errs)
	}
	next, err := f.Way.Take(r, request, enrolment.SaveDocuments, func(q *enrolment.Request) {
		q.Data.Document, q.Data.HealthCard = document, card
		answered(q, enrolment.WantedDocument, enrolment.WantedPictures)
	})
	if err != nil {
		return err
	}
	return web.Redirect(w, r, way.Next(next))
}

// takePictures keeps the sound ones and says what is wrong with the others.
func (f *Forms) takePictures(r *http.Request, request enrolment.Request, files map[string][]byte) (enrolment.Request, ui.Errors, error) {
	kept, errs, err := pictures.Desk{Intake: f.Pictures, Keeper: f.Keeper, Request: request.ID, Author: request.Holder}.Take(r.Context(), files)
	if err != nil || len(kept) == 0 {
		return request, errs, err
	}
	next, err := f.Way.TakeWith(r, request, enrolment.Change{Act: enrolment.AddPictures, Evidence: kept.References(), Edit: kept.Put})
	return next, errs, err
}

// readPapers reads the fields.
func readPapers(f *web.Form) papers {
	day := func(of string) date {
		short := func(part string) string { return f.Text(of+part, web.Max(10)) }
		var d date
		d.Day, d.Month, d.Year = civil.Spread(short("_day"), short("_month"), short("_year"))
		return d
	}
	return papers{
		Kind: f.Text("kind", web.Max(20)), Number: compact(f.Text("number", web.Max(30))), Issuer: civil.CleanName(f.Text("issuer", web.Max(civil.MaxName))),
		Issued: day("issued"), Expires: day("expires"), Card: f.Text("card", web.Max(2)), CardNumber: compact(f.Text("card_number", web.Max(40))), CardExpires: day("card_expires"),
	}
}

// compact writes a number without the spaces and strokes of a card.
func compact(s string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "/", "", ".", "").Replace(s))
}

// papers checks the document and the card with the codice fiscale. // REG 7, E29
func (c *check) papers(p *papers) (identity.Document, enrolment.HealthCard) {
	d := identity.Document{Kind: p.Kind, Number: p.Number, Issuer: p.Issuer}
	if k, known := kindOf(p.Kind); !known {
		c.wrong("kind", "enrolment.documents.kind.missing")
	} else if !k.form.MatchString(p.Number) {
		c.wrong("number", "enrolment.documents.number.form."+k.Word)
	}
	if wrong := civil.WrongName(p.Issuer); p.Issuer == "" || wrong != "" {
		c.wrong("issuer", cmpKey(wrong), "max", civil.MaxName)
	}
	d.IssuedOn = c.day("issued_day", p.Issued)
	if d.IssuedOn.After(c.now) {
		c.wrong("issued_day", "enrolment.documents.issued.future")
	}
	d.ExpiresOn = c.valid("expires_day", p.Expires, "enrolment.documents.expired")
	if !d.IssuedOn.IsZero() && !d.ExpiresOn.IsZero() && !d.ExpiresOn.After(d.IssuedOn) {
		c.wrong("expires_day", "enrolment.documents.order")
	}
	var card enrolment.HealthCard
	switch p.Card {
	case fiscalCard:
		p.CardNumber, p.CardExpires = "", date{}
	case healthCard:
		card.Number = p.CardNumber
		if !enrolment.IsHealthCardNumber(p.CardNumber) {
			c.wrong("card_number", "enrolment.documents.card_number.form")
		}
		card.ExpiresOn = c.valid("card_expires_day", p.CardExpires, "enrolment.documents.card_expired")
	default:
		c.wrong("card", "enrolment.documents.card.missing")
	}
	return d, card
}

func kindOf(word string) (kind, bool) {
	for _, k := range kinds {
		if k.Word == word {
			return k, true
		}
	}
	return kind{}, false
}

func (c *check) day(field string, d date) time.Time {
	t, ok := d.time()
	switch {
	case d.empty():
		c.wrong(field, "form.required")
	case !ok:
		c.wrong(field, "enrolment.person.birth.none")
	}
	return t
}

// valid reads the last day of a document: the document counts on that day too.
func (c *check) valid(field string, d date, key string) time.Time {
	t := c.day(field, d)
	if !t.IsZero() && !t.AddDate(0, 0, 1).After(c.now) {
		c.wrong(field, key)
	}
	return t
}

// pictures finds what is not shown yet.
func (c *check) pictures(request enrolment.Request) {
	for _, what := range enrolment.Pictures() {
		if request.Data.Pictures[what] == "" {
			c.wrong(string(what), "enrolment.documents.picture.missing")
		}
	}
}

// picturedAtPoint tells that the applicant need not photograph the documents. // E28
func (f *Forms) picturedAtPoint(request enrolment.Request) bool {
	return f.OperatorUploads != nil && request.Method == enrolment.Point && f.OperatorUploads(request.Circuit)
}

// unpictured tells that pictures are missing which only the applicant takes: of who came
// from a circuit that takes them to another way.
func (f *Forms) unpictured(request enrolment.Request) bool {
	if f.picturedAtPoint(request) {
		return false
	}
	return pictures.Missing(request)
}

// picture shows the applicant a picture that they gave, so that they see what operators
// will see.
func (f *Forms) picture(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	id := request.Data.Pictures[enrolment.Picture(r.PathValue("what"))]
	if id == "" {
		return fault.New(fault.NotFound, "error.not_found").For("no_picture")
	}
	return f.serve(w, r, request, id, "")
}

// serve gives the applicant something of theirs that is kept; name is that of a paper.
func (f *Forms) serve(w http.ResponseWriter, r *http.Request, request enrolment.Request, id, name string) error {
	item, err := f.Keeper.Open(r.Context(), id, exhibit.Access(r, request.Holder, "own_request"))
	if err != nil {
		return err
	}
	exhibit.Write(w, item, name)
	return nil
}

// Kinds are the words of the documents that identify.
func Kinds() (list []string) {
	for _, k := range kinds {
		list = append(list, k.Word)
	}
	return list
}

// IsNumber tells whether a number has the form of those of a kind.
func IsNumber(word, number string) bool {
	k, known := kindOf(word)
	return known && k.form.MatchString(number)
}
