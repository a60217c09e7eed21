package access

// Undertaking is the rule about "Dichiara e prosegui senza SPID/CIE".
const Undertaking ID = "declaration"

// A declaration counts until its date, with any second factor of the institution; it
// never stands for the second factor. // G2.3
func declaration() Rule {
	return Rule{
		ID: Undertaking, Basis: Decision, Clause: "DPR 445/2000 art. 47; CAD art. 3", Lifts: []ID{Duty, AskFirst},
		Title: Text{
			"Chi dichiara di non poter usare SPID o CIE entra per un tempo con credenziali e secondo fattore",
			"Whoever declares that they cannot use SPID or CIE enters for a time with credentials and a second factor",
		},
		say: func(q *question) finding {
			switch {
			case !q.dutiful():
				return outside()
			case !q.Declaration.active(q.now):
				return silent("nessuna dichiarazione valida", "no valid declaration")
			}
			return lifts(q.Declaration.Until, "ha una dichiarazione valida", "has a valid declaration")
		},
	}
}
