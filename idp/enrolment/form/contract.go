package form

import (
	"context"
	"encoding/hex"
	"html/template"
	"net/http"
	"strconv"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/contract"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/people/civil"
	"atrio/web"
	"atrio/web/ui"
)

// contractView is the view of "form/contract".
type contractView struct {
	ui.Errors
	Contract template.HTML
	// Agreed and Specific are the two ticks: the contract, and the clauses that want a
	// second approval. Codice civile art. 1341
	Agreed, Specific bool
	// Version is that of the request whose contract is shown.
	Version int
}

// formOf says a request as the contract does. Its time is that of the last step, so that
// what is frozen is what was shown.
func (f *Forms) formOf(request enrolment.Request) contract.Form {
	d := request.Data
	p := d.Person
	c := contract.Form{
		Number: string(request.Number), Language: d.Language, Prepared: request.Changed, Provider: f.Provider, Terms: f.Terms,
		Person: contract.Person{
			GivenName: p.GivenName, FamilyName: p.FamilyName, Sex: p.Gender, BirthDate: p.BirthDate, BirthPlace: p.BirthName, BirthProvince: p.BirthCounty,
			Citizenship: nameOf(f.Places.Citizenships("it"), p.Citizenship), FiscalCode: p.FiscalCode,
		},
		Contacts:  contract.Contacts{Email: d.Email, Phone: d.Phone, CertifiedMail: p.DigitalAddress},
		Residence: f.addressOf(p.Residence), Document: contract.Document(d.Document), HealthCard: contract.HealthCard(d.HealthCard),
		Method: string(request.Method), NoticeVersion: f.Notice,
	}
	if p.BirthCounty == abroad {
		c.Person.BirthProvince, c.Person.BirthCountry = "", p.BirthName
	}
	if p.Domicile != (identity.Domicile{}) {
		c.Domicile = f.addressOf(p.Domicile)
	}
	if request.Method == enrolment.Point && request.Circuit != "" {
		c.Circuit = f.CircuitName(request.Circuit)
	}
	for _, consent := range d.Consents {
		c.Consents = append(c.Consents, contract.Consent{Key: consent.Key, Given: consent.Given, At: consent.At})
	}
	return c
}

func (f *Forms) addressOf(d identity.Domicile) contract.Address {
	a := contract.Address{Street: d.Street, PostalCode: d.PostalCode, Municipality: d.Municipality, Province: d.Province}
	if d.Nation != civil.Italy {
		a.Country = nameOf(f.Places.Countries("it"), d.Nation)
	}
	return a
}

// firstHeading is the level of the contract's headings: the page has its own title.
const firstHeading = 2

// contract shows what would be signed.
func (f *Forms) contract(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if f.unpictured(request) {
		return web.Redirect(w, r, way.Documents)
	}
	return f.showContract(w, r, http.StatusOK, request, contractView{})
}

func (f *Forms) showContract(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, v contractView) error {
	frozen, err := f.Press.Freeze(f.formOf(request))
	if err != nil {
		return err
	}
	if v.Contract, err = f.Press.HTML(frozen.Version, frozen.Form, web.Lang(r), firstHeading); err != nil {
		return err
	}
	v.Version = request.Version
	return f.Site.Page(w, r, status, "form/contract", v)
}

// freeze keeps the contract as it was shown: from now on it is signed, not changed.
func (f *Forms) freeze(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if f.unpictured(request) {
		return web.Redirect(w, r, way.Documents)
	}
	if form.Value("version") != strconv.Itoa(request.Version) { // another tab changed what is agreed to
		again, err := f.frozenBy(r.Context(), request, form.Value("version"))
		if err != nil {
			return err
		}
		if again {
			return web.Redirect(w, r, way.Next(request))
		}
		return f.showContract(w, r, http.StatusConflict, request, contractView{Errors: ui.Errors{{Key: "enrolment.contract.changed"}}})
	}
	v := contractView{Agreed: form.Bool("agreed"), Specific: form.Bool("specific")}
	v.Errors = form.Errors
	for field, ticked := range map[string]bool{"agreed": v.Agreed, "specific": v.Specific} {
		if !ticked && v.Errors.Err(field) == nil {
			v.Errors = append(v.Errors, ui.FieldError{Field: field, Key: "enrolment.contract." + field + ".missing"})
		}
	}
	if v.Errors = inOrder(v.Errors, []string{"agreed", "specific"}); len(v.Errors) > 0 {
		return f.showContract(w, r, http.StatusUnprocessableEntity, request, v)
	}
	frozen, err := f.Press.Freeze(f.formOf(request))
	if err != nil {
		return err
	}
	item, err := f.Keeper.Put(r.Context(), evidence.New{
		Request: request.ID, Kind: evidence.Contract, MediaType: "application/pdf", Author: request.Holder, Content: frozen.PDF,
	})
	if err != nil {
		return err
	}
	kept := enrolment.Contract{Evidence: item.ID, SHA256: hex.EncodeToString(frozen.SHA256[:]), Version: frozen.Version, At: f.Now()}
	next, err := f.Way.TakeWith(r, request, enrolment.Change{
		Act: enrolment.FreezeContract, Evidence: []string{item.ID}, Edit: func(q *enrolment.Request) { q.Data.Contract = &kept },
	})
	if err != nil {
		return err
	}
	return web.Redirect(w, r, way.Next(next))
}

// frozenBy tells that the contract was frozen just from the version of a page: the button was
// pressed twice, or the answer got lost and the page was sent again.
func (f *Forms) frozenBy(ctx context.Context, request enrolment.Request, version string) (bool, error) {
	if version != strconv.Itoa(request.Version-1) {
		return false, nil
	}
	events, err := f.Way.Store.Events(ctx, request.ID)
	if err != nil || len(events) == 0 {
		return false, err
	}
	return events[len(events)-1].Act == enrolment.FreezeContract, nil
}

// paper gives the contract as PDF.
func (f *Forms) paper(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if request.Data.Contract == nil {
		return web.Redirect(w, r, way.Next(request))
	}
	return f.serve(w, r, request, request.Data.Contract.Evidence, "contratto-"+string(request.Number)+".pdf")
}
