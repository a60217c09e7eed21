// Package rules judges the metadata of anybody's service towards SPID, CIE or the
// Italian node of eIDAS: every rule has a name, a clause and a remedy, and a report says
// which were broken and where.
//
//	report, err := rules.Check(document, rules.Options{Profile: rules.SPIDPublic, Now: now})
//	for _, f := range report.Findings { fmt.Println(f.Rule.ID, f.Where, f.Rule.Advice) }
//
// It owns the rules on descriptions of services and nothing else: messages are checked by
// federation/spid/spidsaml and federation/cie, descriptions of partners that are trusted
// are read by saml/metadata. Unlike those, which refuse at the first mistake, it goes on
// and tells all mistakes at once; nothing that it reads is trusted or used.
//
// The names of the profiles are those of spid-sp-test, so that both can be run side by
// side. Clauses: "SPID-RT metadata" is the chapter on metadata of the technical rules,
// "Avviso SPID 19" is about aggregators, 29 about contacts and certificates.
package rules
