package access

// StaffExemption is the rule for people at work.
const StaffExemption ID = "staff-exemption"

// Who works for the institution is known to it by the contract, and enters the services
// of the job as an employee. It goes with the employment and with services of staff: the
// same person's enrolment or fees are a citizen's matter, and the second factor stays. // G2.5
func staffExemption() Rule {
	return Rule{
		ID: StaffExemption, Basis: Decision, Clause: "CAD art. 64 c. 3-bis", Lifts: []ID{Duty, AskFirst},
		Title: Text{
			"Chi lavora per l’istituzione entra nei servizi per il personale con credenziali e secondo fattore",
			"Whoever works for the institution enters services for staff with credentials and a second factor",
		},
		say: func(q *question) finding {
			switch {
			case !q.dutiful():
				return outside()
			case q.Class != Staff:
				return silent("non è un servizio per il personale", "this is no service for staff")
			case !q.employed(q.now):
				return silent("non risulta un rapporto di lavoro in corso", "no current employment is known")
			}
			return finding{effect: Lifting, why: Text{"lavora per l’istituzione", "works for the institution"}}
		},
	}
}
