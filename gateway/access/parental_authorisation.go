package access

import (
	"time"

	"atrio/people/person"
)

// Parental is the rule about minors at services that ask for a parent.
const Parental ID = "parental-authorisation"

// Below the majority somebody else acts for a person: a parent, a guardian. A provider of
// SPID asks them itself, at each access (AgID, guidelines on SPID for minors, 2022); all
// other doors tell who the minor is and nothing about a parent, so the help desk records
// what it saw. Whether a service may let minors of 14 years and more in alone, as for the
// use of their data by an online service, is for its written assessment to say: then it
// does not ask. // G2.9
func parentalAuthorisation() Rule {
	return Rule{
		ID: Parental, Basis: Law, Clause: "codice civile art. 2, 316, 320; GDPR art. 8; d.lgs. 196/2003 art. 2-quinquies", From: on(1975, time.March, 8),
		Title: Text{
			"Nei servizi che la chiedono un minorenne entra con l’autorizzazione di chi ha la responsabilità genitoriale",
			"Services that ask for it open to minors with the authorisation of whoever has parental responsibility",
		},
		say: func(q *question) finding {
			switch {
			case !q.ParentalAuthorisation:
				return silent("il servizio non la chiede", "the service does not ask for it")
			case q.askedFor(q.Service):
				return silent("il gestore di SPID l’ha chiesta per questo servizio", "the provider of SPID asked for it, for this service")
			case q.now.Before(q.Authorised):
				return silent("l’assistenza ha registrato l’autorizzazione", "the help desk has recorded the authorisation")
			}
			// As old as the majority, or nobody knows: the rule about ages is asked with this bound.
			switch (Ages{Min: Majority}).Admits(q.BirthDate, q.now) {
			case AgeAdmitted:
				return silent("è maggiorenne", "is of age")
			case AgeUnknown:
				return decides(NeedsParent, Text{"non si sa se è maggiorenne, e nessuno ha autorizzato", "it is not known whether the person is of age, and nobody authorised"},
					append(q.doors(), WayAccount, WayLogin)...)
			}
			return decides(NeedsParent, Text{"è minorenne e nessuno ha autorizzato", "is a minor and nobody authorised"}, WaySPID, WayAccount, WayLogin)
		},
	}
}

// askedFor tells that a parent was asked at the provider, for this service: single
// sign-on from another one asks nobody.
func (l Login) askedFor(s Service) bool {
	return l.Door == person.DoorSPID && s.ID != "" && l.For == s.ID
}
