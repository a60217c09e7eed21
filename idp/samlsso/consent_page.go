package samlsso

import (
	"net/http"

	"atrio/federation/spid"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

// ConsentView is the view of "samlsso/consent".
type ConsentView struct {
	// Service is the OrganizationDisplayName of the service.
	Service string
	Level   spid.Level
	// Holder is the name of the person who signed in.
	Holder string
	// Data are the attributes with the very values that will be sent.
	Data []Datum
	// Missing are the keys of the labels of what the service asks for and this
	// identity does not contain.
	Missing []string
	// Session is true when a session stands for the password: the page then
	// offers to use another identity.
	Session bool
	Action  string
	Cancel  string
}

// Datum is one attribute on the page.
type Datum struct {
	// Key of the label.
	Key string
	// Kind of datum; the value is sent as it is, and shown in words.
	Kind, Value string
}

// showConsent asks for consent, at every login. SPID-RT 1.2: the name of the
// service and every single attribute
func (h *Handler) showConsent(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	who, err := h.Identities.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	v := ConsentView{
		Service: s.Service(web.Lang(r)), Level: s.Need(), Holder: who.Holder.GivenName + " " + who.Holder.FamilyName,
		Session: s.Session != "", Action: flow.URL(s.Handle, "consent"), Cancel: flow.URL(s.Handle, "cancel"),
	}
	for _, row := range requested(s) {
		if value, ok := who.Attribute(row.Name); ok {
			v.Data = append(v.Data, Datum{Key: row.Key, Kind: kinds[row.Name], Value: value})
		} else {
			v.Missing = append(v.Missing, row.Key)
		}
	}
	return h.Site.Page(w, r, http.StatusOK, "samlsso/consent", v, web.Plain)
}

// kinds are the attributes whose values are codes.
var kinds = map[string]string{
	"fiscalNumber": ui.FiscalCodeDatum, "companyFiscalNumber": ui.FiscalCodeDatum, "placeOfBirth": ui.PlaceDatum,
	"dateOfBirth": ui.DateDatum, "expirationDate": ui.DateDatum, "gender": ui.SexDatum, "mobilePhone": ui.PhoneDatum,
}

// requested are the attributes of the requested set, in the official order.
func requested(s *flow.State) []spid.Attribute {
	asked := map[string]bool{}
	for _, name := range s.Request.Attributes {
		asked[name] = true
	}
	var list []spid.Attribute
	for _, row := range spid.Attributes() {
		if asked[row.Name] {
			list = append(list, row)
		}
	}
	return list
}

// values are what an answer states: the attributes of the requested set that
// the identity has, and no others.
func values(s *flow.State, who *identity.Identity) map[string]string {
	out := map[string]string{}
	for _, row := range requested(s) {
		if value, ok := who.Attribute(row.Name); ok {
			out[row.Name] = value
		}
	}
	return out
}
