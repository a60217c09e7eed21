package access

// Opened is the rule about doors that are down.
const Opened ID = "outage-opening"

// While a door is down the operator frees everybody for hours; the law asks public
// bodies to keep their services going (CAD art. 51). // G2.3
func opened() Rule {
	return Rule{
		ID: Opened, Basis: Decision, Clause: "CAD art. 51", Lifts: []ID{Duty, AskFirst},
		Title: Text{
			"Durante un guasto di SPID o CIE l’operatore apre a tutti, per al massimo 72 ore, con credenziali e secondo fattore",
			"During an outage of SPID or CIE the operator opens to all, for 72 hours at most, with credentials and a second factor",
		},
		say: func(q *question) finding {
			if !q.dutiful() {
				return outside()
			}
			for _, o := range q.book.openings {
				end := o.Until
				if most := o.From.Add(MaxOpening); most.Before(end) {
					end = most
				}
				if !q.now.Before(o.From) && q.now.Before(end) {
					return lifts(end, "apertura straordinaria per un guasto", "emergency opening because of an outage")
				}
			}
			return silent("nessuna apertura straordinaria", "no emergency opening")
		},
	}
}
