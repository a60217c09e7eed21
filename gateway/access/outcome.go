package access

import "time"

// Kind is what becomes of a person at a service.
type Kind string

// The outcomes. Every question has exactly one.
const (
	// Enter: the service opens.
	Enter Kind = "enter"
	// SecondFactor: the second factor has to be used now.
	SecondFactor Kind = "second_factor"
	// Enrol: a second factor has to be set up first.
	Enrol Kind = "enrol"
	// UseFederated: only SPID or CIE opens the service to this person, or what they
	// chose themselves as second factor.
	UseFederated Kind = "use_federated"
	// AskCitizenship: the answer depends on the citizenship, which nobody told.
	AskCitizenship Kind = "ask_citizenship"
	// LevelTooLow: this login is not strong enough for the service.
	LevelTooLow Kind = "level_too_low"
	// TooYoung, TooOld and NoAge: the service is for people of other ages.
	TooYoung Kind = "too_young"
	TooOld   Kind = "too_old"
	NoAge    Kind = "no_age"
	// NeedsParent: a minor without the authorisation that the service asks for.
	NeedsParent Kind = "needs_parent"
	// NeedsFiscalCode: the codice fiscale that was promised is overdue.
	NeedsFiscalCode Kind = "needs_fiscal_code"
)

// Kinds are all outcomes.
func Kinds() []Kind {
	return []Kind{Enter, SecondFactor, Enrol, UseFederated, AskCitizenship, LevelTooLow, TooYoung, TooOld, NoAge, NeedsParent, NeedsFiscalCode}
}

// Way is a way on: what the person can do now.
type Way string

// The ways. No outcome but Enter is without one, and WayHelp is always the last:
// somebody who is human answers there.
const (
	WaySPID        Way = "spid"
	WayCIE         Way = "cie"
	WayEIDAS       Way = "eidas"
	WayFactor      Way = "factor"      // use the second factor
	WayEnrol       Way = "enrol"       // set one up
	WayAnswer      Way = "answer"      // tell the citizenship
	WayCitizenship Way = "citizenship" // correct it
	WayDeclare     Way = "declare"     // declare that neither SPID nor CIE can be used
	WayFiscalCode  Way = "fiscal_code" // add the codice fiscale
	WayAccount     Way = "account"     // the own account is open all the same
	WayLogin       Way = "login"       // choose another door
	WayHelp        Way = "help"        // ask the help desk
)

// Outcome is the answer to a question.
type Outcome struct {
	Kind Kind
	// Rule is the one that decided.
	Rule ID
	Why  Text
	// Ways on, best first.
	Ways []Way
	// Until is when the right to enter without SPID or CIE ends; zero: it does not.
	Until time.Time
}

// Offers tells whether a way is open.
func (o Outcome) Offers(w Way) bool {
	for _, one := range o.Ways {
		if one == w {
			return true
		}
	}
	return false
}

// Step is what one rule said.
type Step struct {
	Rule   ID
	Effect Effect
	Why    Text
}

// Text is a text in both languages.
type Text struct{ It, En string }

// In is the text in a language; Italian when the language is not English.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.En
	}
	return t.It
}
