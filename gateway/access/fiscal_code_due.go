package access

// FiscalCodeDue is the rule about a codice fiscale that was promised and did not come.
const FiscalCodeDue ID = "fiscal-code-due"

// Procedures of a public body name people by the codice fiscale (DPR 605/1973 art. 6).
// Who had none at the registration goes on without it until the day that they were told,
// and then adds it before such a service opens; all others stay open. SPID and CIE bring
// it along. // G3.3
func fiscalCodeDue() Rule {
	return Rule{
		ID: FiscalCodeDue, Basis: Guidance, Clause: "DPR 605/1973 art. 6",
		Title: Text{
			"Chi deve ancora indicare il codice fiscale lo aggiunge entro il termine per entrare nei servizi amministrativi",
			"Whoever still owes the codice fiscale adds it by the date they were told, to enter administrative services",
		},
		say: func(q *question) finding {
			switch {
			case q.Class != Administrative || q.italian():
				return silent("il servizio non è amministrativo, o SPID e CIE dicono già il codice", "the service is not administrative, or SPID and CIE tell the code")
			case q.Owes.IsZero() || q.now.Before(q.Owes):
				return silent("nessun codice fiscale è in ritardo", "no codice fiscale is overdue")
			}
			return decides(NeedsFiscalCode, Text{"il termine per aggiungere il codice fiscale è passato", "the time to add the codice fiscale is over"},
				append([]Way{WayFiscalCode}, append(q.doors(), WayLogin)...)...)
		},
	}
}
