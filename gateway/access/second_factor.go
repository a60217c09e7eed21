package access

// SecondFactorRule is the rule about two factors.
const SecondFactorRule ID = "second-factor"

// The levels of SPID, CIE and eIDAS say themselves how many factors were used. By all
// other doors the institution answers for it. A suspended factor is still one: it is
// asked for, and no other is set up in its place. // G2.4, G4.1
func secondFactor() Rule {
	return Rule{
		ID: SecondFactorRule, Basis: Guidance, Clause: "GDPR art. 32; ASVS 6.3.3",
		Title: Text{
			"Chi non entra con SPID, CIE o eIDAS usa un secondo fattore",
			"Whoever does not come in by SPID, CIE or eIDAS uses a second factor",
		},
		say: func(q *question) finding {
			switch {
			case q.ByState() && !q.oneFactorOfAState():
				return silent("il livello della porta dice già quanti fattori sono stati usati", "the level of the door says how many factors were used")
			case q.Login.SecondFactor:
				return silent("il secondo fattore è stato usato", "the second factor has been used")
			case len(q.Factors) > 0:
				return decides(SecondFactor, Text{"il secondo fattore è attivo e non è stato usato", "the second factor is set up and was not used"},
					append([]Way{WayFactor}, append(q.doors(), WayLogin)...)...)
			}
			return decides(Enrol, Text{"non c’è ancora un secondo fattore", "there is no second factor yet"},
				append([]Way{WayEnrol}, append(q.doors(), WayLogin)...)...)
		},
	}
}
