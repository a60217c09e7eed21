package access

import "time"

// FreeChoice is the rule for people with (also) another citizenship.
const FreeChoice ID = "free-choice"

// CAD art. 64 c. 3-bis is about the identification of citizens. The institution's guide
// reads it so: whoever has another citizenship too, or none of Italy, chooses. // G2.4
func freeChoice() Rule {
	return Rule{
		ID: FreeChoice, Basis: Law, Clause: "CAD art. 64 c. 3-bis", From: on(2021, time.October, 1), Lifts: []ID{Duty},
		Title: Text{
			"Chi ha anche, o solo, un’altra cittadinanza sceglie: credenziali e secondo fattore, SPID, CIE o eIDAS",
			"Whoever has another citizenship, also or only, chooses: credentials and second factor, SPID, CIE or eIDAS",
		},
		say: func(q *question) finding {
			if !q.dutiful() {
				return outside()
			}
			s, _, until := q.Standing(q.now)
			switch {
			case s != Free:
				return silent("non risulta un’altra cittadinanza", "no other citizenship is known")
			case !until.IsZero():
				return lifts(until, "ha dichiarato un’altra cittadinanza; l’anagrafe dice altro e il preavviso non è finito",
					"declared another citizenship; the register says otherwise and the notice has not run out")
			}
			return lifts(until, "ha un’altra cittadinanza", "has another citizenship")
		},
	}
}
