package doors

import (
	"net/url"
	"slices"
)

// The guide "Come accedo ai Servizi Online?": five plain questions, one per page,
// then the door that fits and why. The questions are those of the institution's
// flow chart; the outcome is a pure function of the answers. // G1.5

// Question is one page of the guide; its name is also the query parameter.
type Question struct {
	Name    string
	Choices []string
}

// Questions lists the pages of the guide in order.
func Questions() []Question {
	return []Question{
		{"registered", []string{"yes", "no"}},
		{"citizenship", []string{"italian", "both", "other"}},
		{"minor", []string{"no", "yes"}},
		{"abroad", []string{"no", "yes"}},
		{"identity", []string{"spid", "cie", "none"}},
	}
}

// Answers are the answers given so far, by question.
type Answers map[string]string

// ReadAnswers takes the valid answers from a query and drops everything else.
func ReadAnswers(query url.Values) Answers {
	a := Answers{}
	for _, q := range Questions() {
		for _, c := range q.Choices {
			if query.Get(q.Name) == c {
				a[q.Name] = c
			}
		}
	}
	return a
}

// Next is the first question without an answer and its place from 1;
// ok is false when all are answered.
func (a Answers) Next() (q Question, place int, ok bool) {
	for i, q := range Questions() {
		if a[q.Name] == "" {
			return q, i + 1, true
		}
	}
	return Question{}, 0, false
}

// Outcome is the end of the guide: a text key and the ways on, best first.
type Outcome struct {
	// Name is the key of the texts "doors.outcome.<Name>.title" and ".text".
	Name string
	// First says to expect the first entry, which assigns the Codice Persona.
	First bool
	// Doors are the ways on, best first; never empty.
	Doors []Way
	// Steps say what comes then, in their order: "doors.step.<name>".
	Steps []string
}

// Way is a link to a door or a help page with its text key.
type Way struct{ Key, URL string }

// The ways that outcomes lead to. The login page is the door of SPID: the
// provider is chosen there.
func waySPID() Way        { return Way{"doors.way.spid", "/login?open=spid"} }
func wayCIE() Way         { return Way{"doors.way.cie", "/cie/login"} }
func wayEIDAS() Way       { return Way{"doors.way.eidas", "/eidas/login"} }
func wayCredentials() Way { return Way{"doors.way.credentials", "/login"} }
func wayRegister() Way    { return Way{"doors.way.register", "/register"} }
func wayGetSPID() Way     { return Way{"doors.way.get_spid", "/help/provider"} }

// Decide is the flow chart: exactly one outcome for complete answers. declaring tells
// whether the institution takes declarations; without its act the help desk is the way.
func Decide(a Answers, declaring bool) Outcome {
	first := a["registered"] == "no"
	var steps []string
	switch identity := a["identity"]; identity {
	case "spid", "cie":
		if first {
			steps = append(steps, "confirm")
		}
		ways := []Way{waySPID(), wayCIE()}
		if identity == "cie" {
			slices.Reverse(ways)
		}
		return Outcome{identity, first, ways, append(steps, "federated")}
	}
	// Without SPID and CIE the local credentials remain.
	local := wayCredentials()
	if first {
		local, steps = wayRegister(), append(steps, "register")
	}
	steps = append(steps, "credentials")
	if a["citizenship"] != "italian" {
		// Whoever has another citizenship chooses freely. // G2.4
		return Outcome{"free_choice", first, []Way{local, wayEIDAS(), wayGetSPID()}, append(steps, "factor_any")}
	}
	if !declaring {
		steps = append(steps, "desk")
	} else {
		steps = append(steps, "declare")
	}
	steps = append(steps, "factor")
	// Only Italian: SPID or CIE by law, or a declaration with its reason. // G2.2, G2.3
	switch {
	case a["minor"] == "yes":
		return Outcome{"minor", first, []Way{wayGetSPID(), local}, steps}
	case a["abroad"] == "yes":
		return Outcome{"abroad", first, []Way{wayGetSPID(), local}, steps}
	}
	return Outcome{"declaration", first, []Way{wayGetSPID(), local}, steps}
}
