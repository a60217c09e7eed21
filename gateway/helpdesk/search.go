package helpdesk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// homeView is the view of "helpdesk/home".
type homeView struct {
	ui.Errors
	Key, Reason, Ticket string
	// Searched is set when a search found nothing.
	Searched bool
	Found    []foundView
	// Lines are those of a reference number.
	Lines   []lineView
	Waiting []requestView
}

type foundView struct {
	Name, Code, Mail, State string
	URL                     string
}

// home shows the search and what waits for a second person.
func (h *Helpdesk) home(w http.ResponseWriter, r *http.Request) error {
	return h.showHome(w, r, http.StatusOK, homeView{})
}

func (h *Helpdesk) showHome(w http.ResponseWriter, r *http.Request, status int, v homeView) error {
	waiting, err := h.Desk.Requests(r.Context(), "", h.Sight(r))
	if err != nil {
		return err
	}
	if v.Waiting, err = h.views(r, waiting); err != nil {
		return err
	}
	return h.Site.Page(w, r, status, "helpdesk/home", v)
}

// search looks for one exact key; who looks and why is written down first.
func (h *Helpdesk) search(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := homeView{Key: f.Text("key", web.Required, web.Max(254)), Reason: f.Text("reason", web.Required, web.Max(200)), Ticket: f.Text("ticket", web.Max(64))}
	key, kind := readKey(v.Key, h.ReadCode)
	if f.OK() && kind == "" {
		f.Fail("key", "helpdesk.key.unknown")
	}
	if !f.OK() {
		v.Errors = f.Errors
		return h.showHome(w, r, http.StatusUnprocessableEntity, v)
	}
	if err := h.AllowSearch(r.Context(), web.CurrentSession(r).Subject); err != nil {
		return err
	}
	found, err := h.Desk.FindAccounts(r.Context(), key, h.Sight(r))
	if err != nil {
		return err
	}
	if err := h.noteRead(r, kind, v, found); err != nil {
		return err
	}
	if len(found) == 1 && kind != "reference" {
		to, err := h.PersonURL(r, found[0].ID)
		if err != nil {
			return err
		}
		return web.Redirect(w, r, to)
	}
	v.Searched = true
	for _, a := range found {
		to, err := h.PersonURL(r, a.ID)
		if err != nil {
			return err
		}
		v.Found = append(v.Found, foundView{a.Name(), string(a.Code), masked(a.Email), string(a.State), to})
	}
	if kind == "reference" {
		if v.Lines, err = h.referenceLines(r, key.Reference); err != nil {
			return err
		}
	}
	return h.showHome(w, r, http.StatusOK, v)
}

// noteRead writes one line for each person found, and one for a search in vain.
func (h *Helpdesk) noteRead(r *http.Request, kind string, v homeView, found []account.Account) error {
	subjects := []string{""}
	if len(found) > 0 {
		subjects = nil
	}
	for _, a := range found {
		subjects = append(subjects, a.ID)
	}
	for _, subject := range subjects {
		ev := h.Event(r, map[string]string{"what": "helpdesk", "by": kind, "purpose": v.Reason, "ticket": v.Ticket})
		ev.Actor, ev.Subject, ev.Action, ev.Outcome = web.CurrentSession(r).Subject, subject, audit.DataRead, audit.OK
		if err := h.People.NoteRead(r.Context(), ev); err != nil {
			return err
		}
	}
	return nil
}

// PersonURL is the page of an account, for this clerk and for an hour.
func (h *Helpdesk) PersonURL(r *http.Request, id string) (string, error) {
	pass, err := h.Pass(r, id)
	return personPath + "?" + url.Values{"pass": {pass}}.Encode(), err
}

// referenceForm is the number of an error page: web.RequestID.
var referenceForm = regexp.MustCompile(`^[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$`)

// readKey tells what a clerk typed: Codice Persona, codice fiscale, address or
// reference; "" for nothing of these. There is no search by name. // G5.4
func readKey(text string, readCode func(string) (account.Code, error)) (k Key, kind string) {
	if code, err := readCode(text); err == nil {
		return Key{Code: code}, "code"
	}
	upper := strings.ToUpper(strings.TrimSpace(text))
	if referenceForm.MatchString(upper) {
		return Key{Reference: upper}, "reference"
	}
	if code, err := person.ParseFiscalCode(upper); err == nil {
		return Key{FiscalCode: string(code)}, "fiscal_code"
	}
	if at := strings.Index(text, "@"); at > 0 && at < len(text)-1 {
		return Key{Email: text}, "email"
	}
	return Key{}, ""
}

// masked shows of an address what a caller can be asked about, and not more.
func masked(email string) string {
	local, domain, ok := strings.Cut(email, "@")
	if !ok || local == "" {
		return ""
	}
	first := []rune(local)[:1]
	return string(first) + "…@" + domain
}
