package declarations

import (
	"net/http"
	"net/url"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/gateway/helpdesk"
	"atrio/web"
	"atrio/web/ui"
)

// personView is the view of "declarations/person".
type personView struct {
	ui.Errors
	Pass, Name, Code string
	// Person is the page of the account.
	Person string
	// State is where the person stands: "", active, lapsed or withdrawn.
	State    string
	Reviewed bool
	List     []oneView
	// Last is the day until which a renewal at the desk would hold; zero when it is too
	// early.
	Last    time.Time
	Reasons []reasonView
	// Form is the form that came back with mistakes: accept, withdraw or renew.
	Form, Why, Told, Contact, Reason, Words string
}

type reasonView struct{ Code, Key string }

type oneView struct {
	Number, Reason, By, Words string
	Made, Until, Withdrawn    time.Time
}

// open looks at the declarations of a person in the queue: the look is written down
// first.
func (v *Review) open(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	code, err := account.ParseCode(f.Value("code"))
	if err != nil {
		return fault.New(fault.Invalid, "error.invalid").For("declaration_code").Offer("declarations.back", Path)
	}
	me := web.CurrentSession(r).Subject
	if err := v.Desk.AllowSearch(r.Context(), me); err != nil {
		return err
	}
	found, err := v.Desk.Desk.FindAccounts(r.Context(), helpdesk.Key{Code: code}, v.Desk.Sight(r))
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return errGone
	}
	ev := v.Desk.Event(r, map[string]string{"what": "helpdesk", "by": "declarations", "purpose": "declaration"})
	ev.Actor, ev.Subject, ev.Action, ev.Outcome = me, found[0].ID, audit.DataRead, audit.OK
	if err := v.Desk.People.NoteRead(r.Context(), ev); err != nil {
		return err
	}
	return v.back(w, r, found[0].ID)
}

// back leads to the page of the person's declarations.
func (v *Review) back(w http.ResponseWriter, r *http.Request, id string) error {
	pass, err := v.Desk.Pass(r, id)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, personPath+"?"+url.Values{"pass": {pass}}.Encode())
}

func (v *Review) show(w http.ResponseWriter, r *http.Request) error {
	pass := r.URL.Query().Get("pass")
	id, err := v.Desk.Of(r, pass)
	if err != nil {
		return err
	}
	return v.page(w, r, http.StatusOK, id, personView{Pass: pass, Contact: v.Contact})
}

// today is now where the people are: days end at their midnight.
func (v *Review) today() time.Time { return v.Desk.Site.Pages.Catalog().Local(v.Desk.Site.Now()) }

func (v *Review) page(w http.ResponseWriter, r *http.Request, status int, id string, view personView) error {
	ctx := r.Context()
	a, err := v.Desk.People.Account(ctx, id)
	if err != nil {
		return err
	}
	history, err := v.Store.Declarations(ctx, id)
	if err != nil {
		return err
	}
	view.Name, view.Code = a.Name(), string(a.Code)
	if view.Person, err = v.Desk.PersonURL(r, id); err != nil {
		return err
	}
	if view.Reviewed, err = v.Store.DeclarationReviewed(ctx, id); err != nil {
		return err
	}
	terms := v.Terms()
	view.State = string(terms.Standing(history, v.Desk.Site.Now()).State)
	if next, err := terms.AtDesk(history, v.today()); err == nil {
		view.Last = declaration.LastDay(next.Until)
	}
	for _, one := range declaration.Reasons() {
		view.Reasons = append(view.Reasons, reasonView{string(one), "declaration.reason." + string(one)})
	}
	for _, d := range history {
		words, err := v.Store.Words(ctx, d.ID, v.Desk.Site.Now())
		if err != nil {
			words = "" // sealed with a key that has gone meanwhile
		}
		view.List = append(view.List, one(d, words))
	}
	return v.Desk.Site.Page(w, r, status, "declarations/person", view)
}

// Holds tells whether there is one that a review may end.
func (p personView) Holds() bool { return p.State == string(access.Declared) }
