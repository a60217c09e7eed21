package review

import (
	"net/http"
	"slices"
	"time"

	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/exhibit"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

// requestView is the view of "review/request".
type requestView struct {
	ui.Errors
	Number, State, Method, Circuit, Point string
	Version                               int
	// Person, Contact and Papers are what the applicant said, beside the Pictures.
	Person, Contact, Papers []fact
	Pictures, Others        []exhibitView
	// Films are those of an applicant's own, to be played.
	Films  []exhibitView
	Checks []checkView
	Barred bool
	// Seen is what the Point saw.
	Seen       []seenView
	Collector  string
	Identified time.Time
	// Verdict is what a way without a Point found.
	Verdict []fact
	// Sessions are the video sessions of which a recording was kept.
	Sessions []sessionView
	// Signed is "paper", "code" or "key" when the contract was signed, at SignedAt.
	Signed   string
	SignedAt time.Time
	Events   []eventView

	Act, Reason string
	// Ticks are what an approval says, Items what may be asked for again.
	Ticks                                     []tickView
	Items                                     []askView
	MayApprove, MayAsk, MayReject, MaySuspect bool
	MayClear, Untrained                       bool
}

type fact struct{ Key, Value string }

type exhibitView struct {
	// What is a picture, Kind an item that is downloaded.
	What, Kind, URL string
	At              time.Time
	// Played: the page plays it; other films are downloaded.
	Played bool
	// Taken is "live" or "upload" for the film of the verdict, "" for others; Cues are what
	// was asked for in it, Portrait is the picture of the chip, to stand beside it.
	Taken, Portrait string
	Cues            []momentView
}

type checkView struct {
	ID, Outcome string
	Count       int
	Facts       []string
}

type seenView struct {
	Key string
	OK  bool
}

type eventView struct {
	At                    time.Time
	Act, Role, By, Reason string
}

type tickView struct {
	Name, Key string
	Set       bool
}

type askView struct {
	What, Why string
	Set       bool
}

// ticks are what every approval says, beside the doubts of the screening. // A16, REG 7
var ticks = []string{"document", "match", "health_card", "contract", "identified", "stranger"}

// show opens a request that the operator has.
func (v *Review) show(w http.ResponseWriter, r *http.Request) error {
	who, request, err := v.taken(r)
	if err != nil {
		return err
	}
	if err := v.note(r, request); err != nil {
		return err
	}
	return v.page(w, r, http.StatusOK, who, request, requestView{})
}

// page shows a request; view has what the operator filled in.
func (v *Review) page(w http.ResponseWriter, r *http.Request, status int, who operator.Operator, request enrolment.Request, view requestView) error {
	if err := v.fill(r, request, requestPath, &view); err != nil {
		return err
	}
	checks, err := v.checks(r, request)
	if err != nil {
		return err
	}
	for _, c := range checks {
		view.Checks = append(view.Checks, checkView{c.ID, string(c.Outcome), c.Count, c.Facts})
		view.Barred = view.Barred || c.Outcome == screening.Bar
	}
	if view.Ticks == nil {
		view.Ticks = tickList(request, checks)
	}
	if view.Items == nil {
		for _, what := range enrolment.Whats() {
			view.Items = append(view.Items, askView{What: string(what)})
		}
	}
	may := func(act enrolment.Act) bool { return request.May(act, roleIn(request.State)) }
	view.MayApprove, view.MayAsk, view.MayReject = may(enrolment.Approve) && !view.Barred, may(enrolment.AskAgain), may(enrolment.Reject)
	view.MaySuspect, view.MayClear = may(enrolment.Suspect), may(enrolment.Clear)
	view.Untrained = who.Trained(v.Desk.Now()) != nil
	return v.Desk.Site.Page(w, r, status, "review/request", view, web.Media)
}

// roleIn is the role that decides in a state.
func roleIn(s enrolment.State) enrolment.Role {
	if s == enrolment.FraudReview {
		return enrolment.Fraud
	}
	return enrolment.Approver
}

func (v *Review) checks(r *http.Request, request enrolment.Request) ([]screening.Check, error) {
	known, err := v.Store.Known(r.Context(), request)
	if err != nil {
		return nil, err
	}
	known.Deceased = v.Source != nil && v.Source.Deceased(request.Data.Person.FiscalCode)
	return screening.Checks(request, known, v.Places, v.Desk.Now()), nil
}

// tickList is what an approval says of this request: what every one says, and each doubt.
func tickList(request enrolment.Request, checks []screening.Check) (list []tickView) {
	for _, key := range ticks {
		list = append(list, tickView{Name: "tick_" + key, Key: "review.tick." + key})
	}
	for _, c := range checks {
		if c.Outcome == screening.Doubt {
			list = append(list, tickView{Name: "tick_doubt_" + c.ID, Key: "review.doubt." + c.ID})
		}
	}
	if found := request.Data.Verdict; found != nil {
		for _, doubt := range found.Doubts {
			list = append(list, tickView{Name: "tick_doubt_" + doubt, Key: "review.doubt." + doubt})
		}
	}
	return list
}

// fill gathers what is shown of a request.
func (v *Review) fill(r *http.Request, request enrolment.Request, path string, view *requestView) error {
	view.Number, view.State, view.Method, view.Version = string(request.Number), string(request.State), string(request.Method), request.Version
	if request.Circuit != "" {
		view.Circuit = v.CircuitName(request.Circuit)
	}
	if request.Point != "" {
		view.Point = v.PointName(request.Point)
	}
	texts, lang := v.Desk.Site.Pages.Catalog(), web.Lang(r)
	word := func(kind string) string {
		if key := "review.document." + kind; texts.Has(key) {
			return texts.Text(lang, key)
		}
		return kind
	}
	facts(request.Data, view, word, func(t time.Time) string { return texts.Date(lang, t.Add(dayShift(t))) })
	view.Identified = request.Data.Identified
	if at := request.Data.Signed; at != nil {
		view.Signed, view.SignedAt = "code", at.At
		switch {
		case at.Paper != "":
			view.Signed = "paper"
		case at.File != "":
			view.Signed = "key"
		}
	}
	if found := request.Data.Verdict; found != nil {
		for _, f := range found.Facts {
			view.Verdict = append(view.Verdict, fact{f.Name, f.Value})
		}
	}
	if request.Collector != "" {
		view.Collector = v.Desk.Roster.Name(request.Collector)
	}
	for key, ok := range request.Data.Checks {
		view.Seen = append(view.Seen, seenView{key, ok})
	}
	inOrder(view.Seen)
	if err := v.sessions(r, request, path, view); err != nil {
		return err
	}
	if err := v.exhibits(r, request, path, view); err != nil {
		return err
	}
	events, err := v.Requests.Events(r.Context(), request.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		one := eventView{At: e.At, Act: string(e.Act), Role: string(e.By.Role), Reason: e.Reason}
		if operator.Is(e.By.ID) {
			one.By = v.Desk.Roster.Name(e.By.ID)
		}
		view.Events = append(view.Events, one)
	}
	return nil
}

// exhibits lists pictures, to be seen beside the data, and everything else that was kept.
func (v *Review) exhibits(r *http.Request, request enrolment.Request, path string, view *requestView) error {
	items, err := v.Evidence.List(r.Context(), request.ID)
	if err != nil {
		return err
	}
	address := func(id string) string { return path + string(request.Number) + evidencePath + id }
	current := map[string]bool{}
	for _, what := range enrolment.Pictures() {
		if id := request.Data.Pictures[what]; id != "" {
			current[id] = true
			view.Pictures = append(view.Pictures, exhibitView{What: string(what), URL: address(id)})
		}
	}
	filmed, err := v.filmed(r.Context(), request, items)
	if err != nil {
		return err
	}
	view.Films, view.Others = films(request, filmed, path)
	for _, item := range items {
		if v := request.Data.Verdict; v != nil && item.Kind == evidence.Portrait && exhibit.Shown(item.MediaType) && slices.Contains(v.Evidence, item.ID) {
			current[item.ID] = true
			view.Pictures = append(view.Pictures, exhibitView{What: string(item.Kind), URL: address(item.ID)})
			for i := range view.Films {
				view.Films[i].Portrait = address(item.ID)
			}
		}
		if !current[item.ID] && item.Recording == "" {
			view.Others = append(view.Others, exhibitView{Kind: string(item.Kind), URL: address(item.ID), At: item.At})
		}
	}
	return nil
}

// facts writes the data in words.
func facts(d enrolment.Data, view *requestView, word func(kind string) string, date func(time.Time) string) {
	p := d.Person
	view.Person = []fact{
		{"given_name", p.GivenName}, {"family_name", p.FamilyName}, {"gender", p.Gender}, {"birth_date", date(p.BirthDate)},
		{"birth_place", place(p.BirthName, p.BirthCounty)}, {"fiscal_code", p.FiscalCode}, {"citizenship", p.Citizenship},
		{"residence", home(p.Residence)},
	}
	if p.Domicile != (identity.Domicile{}) {
		view.Person = append(view.Person, fact{"domicile", home(p.Domicile)})
	}
	view.Contact = []fact{{"email", d.Email}, {"phone", d.Phone}}
	if p.DigitalAddress != "" {
		view.Contact = append(view.Contact, fact{"digital_address", p.DigitalAddress})
	}
	doc := d.Document
	view.Papers = []fact{
		{"document_kind", word(doc.Kind)}, {"document_number", doc.Number}, {"document_issuer", doc.Issuer},
		{"document_issued", date(doc.IssuedOn)}, {"document_expires", date(doc.ExpiresOn)},
	}
	if d.HealthCard.Number != "" {
		view.Papers = append(view.Papers, fact{"card_number", d.HealthCard.Number}, fact{"card_expires", date(d.HealthCard.ExpiresOn)})
	}
}

// dayShift keeps a calendar day the same day in the Italian zone.
func dayShift(t time.Time) time.Duration {
	if t.IsZero() {
		return 0
	}
	return 12 * time.Hour
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
