package access

import "time"

// ID names a rule in the configuration, in the audit log and at the help desk.
type ID string

// Basis is what gives a rule its force. // REQUIREMENTS G2.7
type Basis string

// The bases. Who can change a rule depends on it: Parliament, an authority, or the
// institution by an act that somebody has signed.
const (
	Law      Basis = "law"
	Guidance Basis = "guidance"
	Decision Basis = "decision"
)

// Rule is one rule: what it rests on, when it holds, and what it says.
type Rule struct {
	ID     ID
	Title  Text
	Basis  Basis
	Clause string
	// From and Until are the dates between which it is in force; zero is no bound. A
	// decision is moreover in force only with its act (Acts).
	From, Until time.Time
	// Lifts are rules that need not be asked any more when this one says so.
	Lifts []ID

	say func(*question) finding
}

// Effect is what a rule did to a question.
type Effect string

// The effects.
const (
	// Silent: the rule is not about this case, or is content.
	Silent Effect = "silent"
	// Lifting: the rule frees from those that it lifts.
	Lifting Effect = "lifts"
	// Deciding: the rule gives the outcome.
	Deciding Effect = "decides"
	// LiftedBefore: an earlier rule has freed from this one.
	LiftedBefore Effect = "lifted"
	// NotInForce: at this time, or in this institution, the rule does not exist.
	NotInForce Effect = "not_in_force"
)

// finding is what a rule says.
type finding struct {
	effect Effect
	kind   Kind
	why    Text
	ways   []Way
	until  time.Time
}

func silent(it, en string) finding { return finding{effect: Silent, why: Text{it, en}} }

func lifts(until time.Time, it, en string) finding {
	return finding{effect: Lifting, why: Text{it, en}, until: until}
}

// decides gives an outcome; help is always the last way.
func decides(k Kind, why Text, ways ...Way) finding {
	return finding{effect: Deciding, kind: k, why: why, ways: append(ways, WayHelp)}
}

// question is one case, with the book that it is asked of.
type question struct {
	Person
	Service
	Login
	now  time.Time
	book *Book
}

// doors are the ways by SPID and CIE, that which the person has used before first.
func (q *question) doors() []Way {
	for _, d := range q.Doors {
		switch Way(d) {
		case WaySPID:
			return []Way{WaySPID, WayCIE}
		case WayCIE:
			return []Way{WayCIE, WaySPID}
		}
	}
	return []Way{WaySPID, WayCIE}
}

// on is a date of law, from the beginning of the day.
func on(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, rome)
}

// rome stands for the law's own days: in winter an hour before Greenwich. Summer time
// never begins or ends a rule.
var rome = time.FixedZone("CET", 3600)
