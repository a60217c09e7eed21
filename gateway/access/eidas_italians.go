package access

import "atrio/people/person"

// EIDASForItalians is the rule about citizens of Italy with an identity of another state.
const EIDASForItalians ID = "eidas-for-italians"

// eIDAS art. 6 wants identities of other states recognised, and does not ask for the
// citizenship of who bears them; the guide of the institution asks Italians for SPID or
// CIE. Which of the two goes first is for the institution to decide, with an act.
func eidasForItalians() Rule {
	return Rule{
		ID: EIDASForItalians, Basis: Decision, Clause: "eIDAS art. 6", Lifts: []ID{Duty, AskFirst},
		Title: Text{
			"Un’identità eIDAS basta anche a chi ha solo la cittadinanza italiana",
			"An identity by eIDAS suffices for people with Italian citizenship alone, too",
		},
		say: func(q *question) finding {
			switch {
			case !q.dutiful():
				return outside()
			case q.Door != person.DoorEIDAS:
				return silent("non è entrato con eIDAS", "did not come in by eIDAS")
			}
			return finding{effect: Lifting, why: Text{"è entrato con eIDAS", "came in by eIDAS"}}
		},
	}
}
