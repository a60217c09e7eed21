package access

import "time"

// Age is the rule about the ages that a service is for.
const Age ID = "age"

func age() Rule {
	return Rule{
		ID: Age, Basis: Law, Clause: "d.lgs. 196/2003 art. 2-quinquies; GDPR art. 8", From: on(2018, time.September, 19),
		Title: Text{
			"Un servizio per certe età si apre solo a chi ha un’età verificata in quell’intervallo",
			"A service for certain ages opens only to people whose verified age is among them",
		},
		say: func(q *question) finding {
			switch q.Ages.Admits(q.BirthDate, q.now) {
			case AgeTooYoung:
				return decides(TooYoung, Text{"l’età è inferiore a quella del servizio", "the person is younger than the service is for"}, WayAccount)
			case AgeTooOld:
				return decides(TooOld, Text{"l’età è superiore a quella del servizio", "the person is older than the service is for"}, WayAccount)
			case AgeUnknown:
				return decides(NoAge, Text{"non c’è una data di nascita verificata", "there is no verified date of birth"}, append(q.doors(), WayAccount)...)
			}
			return silent("l’età va bene o il servizio non ne chiede", "the age is right, or the service asks for none")
		},
	}
}

// Ages is the range of ages that a service is for, bounds included; zero is no bound.
// The institution fixes it after the written assessment that the rules ask of it, and
// publishes it as AgeLimit in its metadata. // REQUIREMENTS G2.9
type Ages struct{ Min, Max int }

// Majority is the age from which a person acts alone. Codice civile art. 2, in force
// since 8 March 1975 (law 39/1975). From 14 years on a minor may consent alone to the
// use of personal data for online services: d.lgs. 196/2003 art. 2-quinquies, in force
// since 19 September 2018 (d.lgs. 101/2018).
const Majority = 18

// Set tells that the range says anything.
func (a Ages) Set() bool { return a.Min > 0 || a.Max > 0 }

// ForMinors tells that people below the majority are expected: a provider then asks a
// parent, who may take a day. // REQUIREMENTS G2.9
func (a Ages) ForMinors() bool { return a.Set() && a.Min < Majority }

// AgeOutcome is what the rule says about a person.
type AgeOutcome int

// The outcomes. AgeUnknown is a refusal where the service has a range: nobody may
// enter a service for an age without an age.
const (
	AgeAdmitted AgeOutcome = iota
	AgeTooYoung
	AgeTooOld
	AgeUnknown
)

// Admits is the rule: the asserted day of birth, written 2006-01-02, against the range
// on a day. Who was born on 29 February completes a year on 1 March.
func (a Ages) Admits(birthDate string, on time.Time) AgeOutcome {
	if !a.Set() {
		return AgeAdmitted
	}
	born, err := time.Parse(time.DateOnly, birthDate)
	if err != nil || born.After(on) {
		return AgeUnknown
	}
	switch age := ageOn(born, on); {
	case age < a.Min:
		return AgeTooYoung
	case a.Max > 0 && age > a.Max:
		return AgeTooOld
	}
	return AgeAdmitted
}

// ageOn is the number of completed years.
func ageOn(born, on time.Time) int {
	age := on.Year() - born.Year()
	if on.Month() < born.Month() || on.Month() == born.Month() && on.Day() < born.Day() {
		age--
	}
	return age
}
