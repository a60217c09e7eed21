package access

import "time"

// Duty is the rule that a citizen proves who they are by SPID or CIE.
const Duty ID = "duty"

// The old credentials of public bodies ended on 30 September 2021 at the latest
// (d.l. 76/2020 art. 24 c. 4), so the duty knows no exception by age of an account.
func duty() Rule {
	return Rule{
		ID: Duty, Basis: Law, Clause: "CAD art. 64 c. 3-bis; d.l. 76/2020 art. 24 c. 4", From: on(2021, time.October, 1),
		Title: Text{
			"Chi ha solo la cittadinanza italiana entra nei servizi amministrativi con SPID o CIE",
			"Whoever has Italian citizenship alone enters administrative services by SPID or CIE",
		},
		say: func(q *question) finding {
			if !q.dutiful() {
				return silent("è entrato con SPID o CIE, o il servizio non è amministrativo", "came in by SPID or CIE, or the service is not administrative")
			}
			ways := q.doors()
			if q.book.holds(Undertaking, q.now) && !q.Declaration.byDesk() {
				ways = append(ways, WayDeclare)
			}
			if _, by, _ := q.Standing(q.now); !by.Proved {
				ways = append(ways, WayCitizenship)
			}
			return decides(UseFederated, Text{"ha solo la cittadinanza italiana e non è entrato con SPID o CIE", "has Italian citizenship alone and did not come in by SPID or CIE"},
				append(ways, WayLogin)...)
		},
	}
}

// dutiful tells that the duty concerns this service and this door: who the person is
// does not matter here.
func (q *question) dutiful() bool { return q.identifies() && !q.italian() }

// outside is what the rules that lift the duty say where it does not concern.
func outside() finding {
	return silent("l’obbligo non riguarda questo accesso", "the duty does not concern this login")
}
