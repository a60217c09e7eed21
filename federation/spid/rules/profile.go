package rules

import (
	"slices"
	"strings"

	"atrio/federation/spid"
	"atrio/saml/xmlsec"
)

// Profile is a kind of service, named as spid-sp-test names it.
type Profile string

// The profiles.
const (
	SPIDPublic         Profile = "spid-sp-public"
	SPIDPrivate        Profile = "spid-sp-private"
	AggregatorPubFull  Profile = "spid-sp-ag-public-full"
	AggregatorPubLite  Profile = "spid-sp-ag-public-lite"
	AggregatorPrivFull Profile = "spid-sp-ag-private-full"
	AggregatorPrivLite Profile = "spid-sp-ag-private-lite"
	OperatorPubFull    Profile = "spid-sp-op-public-full"
	OperatorPubLite    Profile = "spid-sp-op-public-lite"
	CIEPublic          Profile = "cie-sp-public"
	CIEPrivate         Profile = "cie-sp-private"
	EIDAS              Profile = "ficep-eidas-sp"
)

// form is what a profile demands, as data.
type form struct {
	profile Profile
	// own is the element that names the kind of the body which runs the entity.
	own string
	// aggregated is that of the body in whose name an aggregator acts; "" for others, also
	// for a full operator, which acts in its own name.
	aggregated string
	// code is the part of the entityID that names the activity. // Avviso SPID 19
	code string
	// private bodies have no IPACode, and a contact for invoices in SPID.
	private bool
	// light aggregators publish the keys by which the answers are validated.
	light bool
}

// forms are the profiles in the order in which they are listed. // Avviso SPID 19; Avviso SPID 29
var forms = []form{
	{profile: SPIDPublic, own: "Public"},
	{profile: SPIDPrivate, own: "Private", private: true},
	{profile: AggregatorPubFull, own: "PublicServicesFullAggregator", aggregated: "Public", code: "pub-ag-full"},
	{profile: AggregatorPubLite, own: "PublicServicesLightAggregator", aggregated: "Public", code: "pub-ag-lite", light: true},
	{profile: AggregatorPrivFull, own: "PrivateServicesFullAggregator", aggregated: "Private", code: "pri-ag-full"},
	{profile: AggregatorPrivLite, own: "PrivateServicesLightAggregator", aggregated: "Private", code: "pri-ag-lite", light: true},
	{profile: OperatorPubFull, own: "PublicServicesFullOperator", code: "pub-op-full"},
	{profile: OperatorPubLite, own: "PublicServicesLightOperator", aggregated: "Public", code: "pub-op-lite", light: true},
	{profile: CIEPublic, own: "Public"},
	{profile: CIEPrivate, own: "Private", private: true},
	{profile: EIDAS, own: "Public"},
}

// Profiles lists all profiles.
func Profiles() []Profile {
	out := make([]Profile, len(forms))
	for i, f := range forms {
		out[i] = f.profile
	}
	return out
}

func formOf(p Profile) (form, bool) {
	i := slices.IndexFunc(forms, func(f form) bool { return f.profile == p })
	if i < 0 {
		return form{}, false
	}
	return forms[i], true
}

func (f form) cie() bool   { return strings.HasPrefix(string(f.profile), "cie-") }
func (f form) eidas() bool { return f.profile == EIDAS }

// aggregates reports whether the entity is an aggregator or an operator: contacts then say
// who is who.
func (f form) aggregates() bool { return f.code != "" }

// detect guesses the profile from the contacts: CIE by its namespace, SPID by the element
// that names the kind. A public body with the sets of eIDAS stays a public body.
func detect(root *xmlsec.Element) Profile {
	kinds := map[string]bool{}
	world := ""
	for _, c := range root.Named(md("ContactPerson")) {
		if t := attr(c, "contactType"); t != "other" && t != "administrative" {
			continue
		}
		for _, x := range c.Child(md("Extensions")).Elements() {
			switch x.Name.Space {
			case spidSpace, cieSpace:
				kinds[x.Name.Local], world = true, x.Name.Space
			}
		}
	}
	if world == cieSpace {
		if kinds["Private"] {
			return CIEPrivate
		}
		return CIEPublic
	}
	for _, f := range forms {
		if f.aggregates() && kinds[f.own] {
			return f.profile
		}
	}
	if kinds["Private"] {
		return SPIDPrivate
	}
	return SPIDPublic
}

// attributes that a set may ask for, by world.
func (f form) attributes() []string {
	if f.cie() {
		return []string{"name", "familyName", "dateOfBirth", "fiscalNumber"}
	}
	var all []string
	for _, a := range spid.Attributes() {
		all = append(all, a.Name)
	}
	return all
}
