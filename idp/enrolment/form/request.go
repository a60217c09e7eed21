package form

import (
	"net/http"
	"slices"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/web"
	"atrio/web/ui"
)

// requestView is the view of "form/request".
type requestView struct {
	ui.Errors
	Number string
	State  enrolment.State
	Method enrolment.Method
	// Circuit is the partner's name.
	Circuit string
	Booking *enrolment.Booking
	// Next is where it goes on, "" when it is not the applicant's turn.
	Next string
	// Identify: the page is the one of the way of identification; Off: that way is not offered
	// any more, another one has to be taken.
	Identify, Off bool
	// Until is when it lapses, zero for not by itself.
	Until time.Time
	// Regains: it gives back an identity, and is returned to by a link.
	Regains bool
	// Contract tells whether there is one to read.
	Contract bool
	Wanted   []wantedView
	// Office is the public office whose token identified the applicant, "" for none.
	Office string
	// MayResubmit, MayChange and MayWithdraw offer the exits.
	MayResubmit, MayChange, MayWithdraw bool
	Steps                               []stepView
}

// wantedView is something asked for again, and the page to give it on.
type wantedView struct {
	enrolment.Item
	URL string
}

// stepView is a step that was taken.
type stepView struct {
	At     time.Time
	Act    enrolment.Act
	Role   enrolment.Role
	Reason string
}

// pagesOf what can be asked for again.
var pagesOf = map[enrolment.What]string{
	enrolment.WantedPerson: way.Person, enrolment.WantedDocument: way.Documents, enrolment.WantedPictures: way.Documents,
}

// quiet are the steps that a page of the request does not tell.
var quiet = []enrolment.Act{enrolment.AddPictures}

// inside are the steps whose reasons are for those who work here: who is suspected is not
// told by what. // A18
var inside = []enrolment.Act{enrolment.Suspect, enrolment.Clear}

// request shows how far the request is, in plain words. // I14
func (f *Forms) request(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return f.showRequest(w, r, http.StatusOK, request, nil)
}

func (f *Forms) showRequest(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, errs ui.Errors) error {
	events, err := f.Way.Store.Events(r.Context(), request.ID)
	if err != nil {
		return err
	}
	may := func(act enrolment.Act) bool { return request.May(act, enrolment.Applicant) }
	v := requestView{
		Errors: errs, Number: string(request.Number), State: request.State, Method: request.Method, Booking: request.Data.Booking,
		Until: request.Waits(), Contract: request.Data.Contract != nil, Regains: request.Regains != "", Off: f.Way.Off(request),
		MayResubmit: may(enrolment.Resubmit), MayChange: may(enrolment.ChangeMethod), MayWithdraw: may(enrolment.Withdraw),
	}
	if request.Circuit != "" {
		v.Circuit = f.CircuitName(request.Circuit)
	}
	if v.Next = way.Next(request); v.Next == way.Request {
		v.Next = ""
	}
	if page := f.Way.Identification(request); page != "" {
		v.Next, v.Identify = page, true
	}
	if request.State == enrolment.Resubmission && request.Data.Contract == nil && len(request.Data.Missing()) == 0 {
		v.Next, v.MayResubmit = way.Contract, false // what was corrected is signed anew
	}
	if v.Next == way.Sign {
		v.MayResubmit = false
	}
	if request.Data.Verdict != nil {
		v.Office = request.Data.Verdict.Fact(enrolment.OfficeFact)
	}
	for _, item := range request.Data.Wanted {
		v.Wanted = append(v.Wanted, wantedView{item, pagesOf[item.What]})
	}
	for _, e := range slices.Backward(events) {
		if slices.Contains(inside, e.Act) {
			e.Reason = ""
		}
		if !slices.Contains(quiet, e.Act) {
			v.Steps = append(v.Steps, stepView{e.At, e.Act, e.By.Role, e.Reason})
		}
	}
	return f.Site.Page(w, r, status, "form/request", v)
}

// resubmit gives what was asked for again back to the operators.
func (f *Forms) resubmit(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	var c enrolment.Change
	stale := request.Data.Verdict != nil && request.Data.Verdict.Stale
	if stale && f.Again != nil {
		if !request.Data.SignedNow() {
			return web.Redirect(w, r, way.Request) // which leads to what is missing
		}
		var err error
		if c, err = f.Again(r.Context(), request); err != nil {
			return err
		}
	}
	c.Act = enrolment.Resubmit
	next, err := f.Way.TakeWith(r, request, c)
	if err != nil {
		return err
	}
	if stale && next.Data.Verdict == nil {
		f.Site.Notice(w, "enrolment.notice.other_token")
	}
	return web.Redirect(w, r, way.Next(next))
}
