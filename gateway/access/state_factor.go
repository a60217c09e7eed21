package access

// StateFactorRule is the rule about "2FA SPID/CIE/eIDAS".
const StateFactorRule ID = "state-factor"

// Whoever chose SPID, CIE or eIDAS as the second factor uses that door, and no other:
// their password opens services listed as first factor only. // G4.2
func stateFactor() Rule {
	return Rule{
		ID: StateFactorRule, Basis: Guidance, Clause: "GDPR art. 32",
		Title: Text{
			"Chi ha scelto SPID, CIE o eIDAS come secondo fattore entra da lì",
			"Whoever chose SPID, CIE or eIDAS as second factor enters there",
		},
		say: func(q *question) finding {
			if q.ByState() || q.Login.SecondFactor || !q.has(StateFactor) || q.has(LocalFactor) {
				return silent("non è il suo unico secondo fattore, o l’ha già usato", "this is not their only second factor, or it has been used")
			}
			return decides(UseFederated, Text{"ha scelto SPID, CIE o eIDAS come secondo fattore", "chose SPID, CIE or eIDAS as second factor"},
				append(q.doors(), WayEIDAS, WayLogin)...)
		},
	}
}
