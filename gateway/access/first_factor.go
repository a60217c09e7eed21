package access

// FirstFactor is the rule about services that a password alone opens.
const FirstFactor ID = "first-factor"

// Such services stand in the register with first_factor_only. It never replaces SPID or
// CIE where these are asked for: the duty is asked before. // G2.5, G4.6
func firstFactor() Rule {
	return Rule{
		ID: FirstFactor, Basis: Decision, Clause: "GDPR art. 32", Lifts: []ID{SecondFactorRule, StateFactorRule},
		Title: Text{
			"I servizi elencati si aprono con le sole credenziali",
			"The services listed open with credentials alone",
		},
		say: func(q *question) finding {
			if q.ByState() || !q.FirstFactorOnly || q.TwoFactors {
				return silent("il servizio non è nell’elenco, o l’accesso non è con credenziali", "the service is not listed, or the login is not by credentials")
			}
			return finding{effect: Lifting, why: Text{"il servizio è nell’elenco", "the service is listed"}}
		},
	}
}
