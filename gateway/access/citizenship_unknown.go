package access

import "time"

// AskFirst is the rule for people whose citizenship nobody told.
const AskFirst ID = "citizenship-unknown"

// Neither SPID nor CIE nor eIDAS tells citizenships, and the codice fiscale holds the
// place of birth only. Nobody is taken for what they may not be: where the answer
// matters the person is asked once, and answers for it (DPR 445/2000 art. 46 and 76).
func citizenshipUnknown() Rule {
	return Rule{
		ID: AskFirst, Basis: Law, Clause: "DPR 445/2000 art. 46; CAD art. 64 c. 3-bis", From: on(2021, time.October, 1),
		Title: Text{
			"Se la cittadinanza conta e non è nota, la si chiede alla persona",
			"Where the citizenship matters and is not known, the person is asked",
		},
		say: func(q *question) finding {
			if s, _, _ := q.Standing(q.now); !q.dutiful() || s != Unknown {
				return silent("la cittadinanza è nota o non conta", "the citizenship is known or does not matter")
			}
			return decides(AskCitizenship, Text{"la cittadinanza non è nota", "the citizenship is not known"},
				append(append([]Way{WayAnswer}, q.doors()...), WayLogin)...)
		},
	}
}
