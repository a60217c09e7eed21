package selfcare

import (
	"net/http"
	"time"

	"atrio/gateway/account"
)

// dataView is the view of "selfcare/data".
type dataView struct {
	Name, Code string
	Email      string
	Since      time.Time
	Attributes []attributeView
	Identities []identityView
	Ties       []tieView
	// Parents are authorisations that hold, or did.
	Parents []parentView
	// NoFiscalCode tells that no door has proved a codice fiscale: it may be declared.
	NoFiscalCode bool
}

type attributeView struct {
	Name, Kind, Value string
	// Source is the word for the kind of source, Issuer who it was.
	Source, Issuer string
	At             time.Time
}

// tieView is an affiliation, with its source and date. // G2.5
type tieView struct {
	Kind, Unit string
	// From and Last are days; zero: no bound.
	From, Last time.Time
	Source     string
	At         time.Time
}

// parentView is an authorisation of whoever has parental responsibility. // G2.9
type parentView struct {
	By                  string
	At, Last, Withdrawn time.Time
}

// ties adds what offices and the desk said.
func (s *Selfcare) ties(r *http.Request, v *dataView, accountID string) error {
	ties, err := s.Accounts.Affiliations(r.Context(), accountID)
	if err != nil {
		return err
	}
	for _, t := range ties {
		v.Ties = append(v.Ties, tieView{t.Kind, t.Unit, t.From, account.LastDay(t.Until), string(t.Source), t.At})
	}
	parents, err := s.Accounts.Authorisations(r.Context(), accountID)
	for _, p := range parents {
		v.Parents = append(v.Parents, parentView{string(p.By), p.At, account.LastDay(p.Until), p.Withdrawn})
	}
	return err
}

// data shows "my data" with the source of each, and the linked identities. // G3.8, G5.1
func (s *Selfcare) data(w http.ResponseWriter, r *http.Request) error {
	a, err := s.accountOf(r)
	if err != nil {
		return err
	}
	attributes, err := s.Accounts.Attributes(r.Context(), a.ID)
	if err != nil {
		return err
	}
	identities, err := s.Accounts.Identities(r.Context(), a.ID)
	if err != nil {
		return err
	}
	v := dataView{Name: a.Name(), Code: string(a.Code), Email: a.Email, Since: a.CreatedAt, NoFiscalCode: a.FiscalCode == ""}
	for _, one := range attributes {
		v.Attributes = append(v.Attributes, s.attribute(one))
	}
	v.Identities = s.identityViews(identities)
	if err := s.ties(r, &v, a.ID); err != nil {
		return err
	}
	return s.Site.Page(w, r, http.StatusOK, "selfcare/data", v)
}

func (s *Selfcare) attribute(a account.Attribute) attributeView {
	v := attributeView{Name: a.Name, Kind: a.Kind(), Value: a.Value, Source: string(a.Source), At: a.At}
	if a.Issuer != "" {
		v.Issuer = s.ProviderName(a.Issuer)
	}
	return v
}
