// Package fiscalcode is the page on which a person adds the codice fiscale that they did
// not have when they registered, or corrects it.
//
// What stands there is declared and proves nothing: a codice fiscale that a door proved
// cannot be touched here. The rules on the field are those of registration/draft, the row
// is gatewaydb's. // G3.3, G3.8
package fiscalcode

import (
	"atrio/people/civil"
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/registration/draft"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "fiscalcode", FS: files} }

// Path is the address of the page.
const Path = "/account/fiscal-code"

// Declaration is a codice fiscale as a person gives it.
type Declaration struct {
	account.Change
	Code person.FiscalCode
	// Doubts are the facts that do not fit and that the person leaves to a check.
	Doubts []string
}

// Store keeps it.
type Store interface {
	Account(ctx context.Context, id string) (account.Account, error)
	Attributes(ctx context.Context, accountID string) ([]account.Attribute, error)
	// DeclareFiscalCode stores it with its audit line, ends the task that asks for it, and
	// leaves one for the help desk where there are doubts; fault.Conflict when a door has
	// proved one meanwhile.
	DeclareFiscalCode(ctx context.Context, d Declaration) error
}

// FiscalCode serves the page.
type FiscalCode struct {
	Site  *web.Site
	Store Store
	// Compare tells which facts do not fit.
	Compare func(code person.FiscalCode, f civil.Facts) []string
	// Event makes the common part of an audit line.
	Event         func(r *http.Request, detail map[string]string) audit.Event
	SignIn, Limit web.Guard
	Now           func() time.Time
}

// Mount gives the page its address.
func (c *FiscalCode) Mount(m *web.Mux) {
	m.Get(Path, c.form, c.SignIn)
	m.Post(Path, c.save, c.SignIn, c.Limit)
}

// formView is the view of "fiscalcode/form".
type formView struct {
	ui.Errors
	Code string
	// Proved is the one that a door proved; then there is nothing to do here.
	Proved string
	// Doubts tells that a fact does not fit and may be left to a check.
	Doubts bool
}

func (c *FiscalCode) form(w http.ResponseWriter, r *http.Request) error {
	a, known, err := c.known(r)
	if err != nil {
		return err
	}
	said, _ := account.Best(known, person.FiscalNumber)
	return c.show(w, r, http.StatusOK, formView{Code: said.Value, Proved: string(a.FiscalCode)})
}

func (c *FiscalCode) show(w http.ResponseWriter, r *http.Request, status int, v formView) error {
	return c.Site.Page(w, r, status, "fiscalcode/form", v)
}

func (c *FiscalCode) known(r *http.Request) (account.Account, []account.Attribute, error) {
	id := web.CurrentSession(r).Subject
	a, err := c.Store.Account(r.Context(), id)
	if err != nil {
		return a, nil, err
	}
	list, err := c.Store.Attributes(r.Context(), id)
	return a, list, err
}

// save takes the code. What can be none is refused; what does not fit is said first. // G3.3
func (c *FiscalCode) save(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	a, known, err := c.known(r)
	if err != nil {
		return err
	}
	v := formView{Code: f.Text("fiscal_code", web.Max(30)), Proved: string(a.FiscalCode)}
	if v.Proved != "" {
		return c.show(w, r, http.StatusOK, v) // nothing to do: it stands there already
	}
	code, wrong := draft.ReadFiscalCode("fiscal_code", v.Code)
	if wrong != nil || !f.OK() {
		if v.Errors = f.Errors; len(v.Errors) == 0 {
			v.Errors = ui.Errors{*wrong}
		}
		return c.show(w, r, http.StatusUnprocessableEntity, v)
	}
	doubts := c.Compare(code, facts(known))
	if len(doubts) > 0 && f.Value("accept") == "" {
		v.Doubts = true
		for _, fact := range doubts {
			v.Errors = append(v.Errors, ui.FieldError{Field: "fiscal_code", Key: draft.DiffersKey + fact})
		}
		return c.show(w, r, http.StatusUnprocessableEntity, v)
	}
	err = c.Store.DeclareFiscalCode(r.Context(), Declaration{
		Change: account.Change{AccountID: a.ID, Session: web.CurrentSession(r).Handle, Now: c.Now(), Event: c.Event(r, map[string]string{
			"fields": person.FiscalNumber, "source": string(account.Declared),
		})},
		Code: code, Doubts: doubts,
	})
	if fault.Is(err, fault.Conflict) {
		return web.Redirect(w, r, Path)
	}
	if err != nil {
		return err
	}
	c.Site.Notice(w, "fiscalcode.notice.saved")
	return web.Redirect(w, r, "/account")
}

// facts of somebody, from the source that is trusted most. What is not known does not
// differ.
func facts(known []account.Attribute) civil.Facts {
	value := func(name string) string {
		a, _ := account.Best(known, name)
		return a.Value
	}
	birth, _ := time.Parse(time.DateOnly, value(person.BirthDate))
	f := civil.Facts{FamilyName: value(person.FamilyName), GivenName: value(person.GivenName), Sex: value(person.Gender), Birth: birth, Place: value(person.BirthPlace)}
	if !slices.Contains([]string{civil.Male, civil.Female}, f.Sex) {
		f.Sex = civil.Other
	}
	if len(f.Place) != len("H501") { // a name that no list has
		f.Place = ""
	}
	return f
}
