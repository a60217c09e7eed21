package access

// FirstAccess is the rule about the first hours of an account.
const FirstAccess ID = "first-access"

// The second factor is asked for from the second access on; until then the own account
// opens, where it is set up, and nothing else. Who has one uses it from the start. // G4.1
func firstAccess() Rule {
	return Rule{
		ID: FirstAccess, Basis: Guidance, Clause: "GDPR art. 32", Lifts: []ID{SecondFactorRule},
		Title: Text{
			"Al primo accesso il proprio account si apre senza secondo fattore",
			"At the first access the own account opens without a second factor",
		},
		say: func(q *question) finding {
			if q.ByState() || q.Class != Own || !q.Person.FirstAccess || len(q.Factors) > 0 {
				return silent("non è il primo accesso al proprio account", "this is not the first access to the own account")
			}
			return finding{effect: Lifting, why: Text{"è il primo accesso al proprio account", "this is the first access to the own account"}}
		},
	}
}
