package demo

import "atrio/gateway/access"

// Decisions are the acts of the invented institution, so that every rule of access can be
// seen at work.
func Decisions() []access.Act {
	act := func(rule access.ID, number string) access.Act {
		return access.Act{Rule: rule, Act: "Decreto di prova " + number + "/2026", Date: "2026-01-02", Signer: "Il Rettore dell’Ateneo di Prova"}
	}
	return []access.Act{act(access.StaffExemption, "1"), act(access.Undertaking, "2"), act(access.Opened, "3"), act(access.FirstFactor, "4")}
}
