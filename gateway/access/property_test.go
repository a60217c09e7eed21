package access

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"atrio/people/person"
)

// one case with everything that a message needs.
type trial struct {
	at institution
	c  citizen
	p  Person
	s  Service
	l  Login
}

func (c trial) String() string {
	return fmt.Sprintf("%s, %s: %+v at %+v by %+v", c.at.name, c.c.name, c.p, c.s, c.l)
}

// every runs the checks, by their names, over the whole product, and tells
// no more than a few faults.
func every(t *testing.T, checks map[string]func(*trial, *Outcome) string) {
	t.Helper()
	faults, n := 0, 0
	services, ways := destinations(), logins()
	for _, at := range institutions() {
		everyone(func(c citizen, p Person) {
			for _, s := range services {
				for _, v := range variants(p, s) {
					for _, l := range ways {
						n++
						one := trial{at, c, v, s, l}
						o := at.book.Decide(v, s, l, now)
						for name, check := range checks {
							if wrong := check(&one, &o); wrong != "" && faults < 5 {
								faults++
								t.Errorf("%s: %s\n%v", name, wrong, one)
							}
						}
					}
				}
			}
		})
	}
	if n < 1_000_000 {
		t.Errorf("only %d cases: the product has shrunk", n)
	}
}

// G2.1: every combination of person, door, level and service has exactly one outcome,
// which rests on a rule and offers ways on unless the service opens; nobody is inside
// without a right; whoever does what is offered comes in at last, or to a human; and
// nothing that helps takes away.
func TestEveryCombinationHasOneOutcomeAndNoneIsADeadEnd(t *testing.T) {
	seen := map[Kind]int{}
	every(t, map[string]func(*trial, *Outcome) string{
		"one outcome": func(_ *trial, o *Outcome) string { seen[o.Kind]++; return whole(o) },
		"the law":     mayEnter,
		"the ways on": waysOn,
		"what helps":  neverHarms,
		"their own":   ownFirst,
	})
	for _, k := range Kinds() {
		if seen[k] == 0 {
			t.Errorf("%s never happens", k)
		}
	}
}

// whole finds what an outcome lacks.
func whole(o *Outcome) string {
	switch {
	case !slices.Contains(Kinds(), o.Kind):
		return fmt.Sprintf("%q is no outcome", o.Kind)
	case o.Rule == "" || o.Why.It == "" || o.Why.En == "":
		return "the outcome has no rule or no reason"
	case o.Kind == Enter && len(o.Ways) > 0:
		return "whoever enters needs no way on"
	case o.Kind != Enter && (len(o.Ways) == 0 || o.Ways[len(o.Ways)-1] != WayHelp):
		return "a refusal without help"
	}
	return ""
}

// mayEnter is the law said once more, from the end: who is inside, and by what right.
func mayEnter(c *trial, o *Outcome) string {
	state, italian := c.l.ByState(), c.l.Door == person.DoorSPID || c.l.Door == person.DoorCIE
	if !PersonMatters(c.s, c.l) && o.Kind != c.at.book.Decide(Person{}, c.s, c.l, now).Kind {
		return "depends on the person"
	}
	if o.Kind != Enter {
		if italian && c.l.Level >= LevelAsked(c.s.Level) && !c.s.Ages.Set() && !(c.s.TwoFactors && c.l.Level < 2) && (c.l.askedFor(c.s) || !c.s.ParentalAuthorisation) {
			return "SPID and CIE open everything at the level asked"
		}
		return ""
	}
	rightful := italian || c.s.Class == Teaching || c.s.Class == Community || c.s.Class == Own || c.c.want == Free || c.at.opened ||
		c.at.acts && (c.p.Declaration.State == Declared && c.p.Declaration.Until.After(now) ||
			c.s.Class == Staff && len(c.p.Affiliations) == 1 || c.l.Door == person.DoorEIDAS)
	early := c.s.Class == Own && c.p.FirstAccess && len(c.p.Factors) == 0
	switch {
	case !rightful:
		return "neither SPID nor CIE, nor a right to do without"
	case state && c.l.Level < LevelAsked(c.s.Level), !state && LevelAsked(c.s.Level) > 2:
		return "the level is too low"
	case !state && !c.l.SecondFactor && !early && !(c.s.FirstFactorOnly && !c.s.TwoFactors && c.at.acts):
		return "a password alone opened it"
	case c.s.TwoFactors && !c.l.SecondFactor && !(state && c.l.Level >= 2):
		return "one factor where two were asked for"
	case c.s.Ages.Set() && c.p.BirthDate != "2011-01-01":
		return "of the wrong age"
	case c.s.Class == Administrative && !italian && !c.p.Owes.IsZero() && !now.Before(c.p.Owes):
		return "without the codice fiscale that is overdue"
	case c.s.ParentalAuthorisation && !(c.l.Door == person.DoorSPID && c.l.For == "x") && c.p.BirthDate != "1980-01-01" && !c.p.Authorised.After(now):
		return "a minor, and nobody asked a parent"
	}
	return ""
}

// waysOn follows what is offered. The help desk is the end of the way only where the
// person has nothing that the service could open for.
func waysOn(given *trial, o *Outcome) string {
	if o.Kind == Enter {
		return ""
	}
	c, last := *given, *o
	if c.l.ByState() { // whoever came by it has it
		c.p.Doors = append(slices.Clone(c.p.Doors), c.l.Door)
	}
	for range 6 {
		if !step(&c, last) {
			break
		}
		if last = c.at.book.Decide(c.p, c.s, c.l, now); last.Kind == Enter {
			return ""
		}
	}
	switch {
	case last.Kind == TooYoung, last.Kind == TooOld, last.Kind == NoAge:
		return "" // the account is open, and the help desk
	case last.Kind == NeedsParent && !owns(c.p, WaySPID):
		return "" // a parent comes to the help desk
	case owns(c.p, WaySPID), owns(c.p, WayCIE):
		return fmt.Sprintf("has SPID or CIE and does not come in: %s by %s", last.Kind, last.Rule)
	case last.Kind == LevelTooLow && c.s.Level == 3:
		return ""
	case last.Rule == Duty && (!c.at.acts || c.p.Declaration.byDesk()):
		return ""
	case last.Rule == StateFactorRule && !owns(c.p, WayEIDAS):
		return "" // cannot be: it was set up by such a login
	}
	return fmt.Sprintf("ends at %s by %s", last.Kind, last.Rule)
}

// step does the first thing offered that this person can do, and tells whether there
// was one. Whoever is asked says the worst for themselves: only Italian.
func step(c *trial, o Outcome) bool {
	for _, w := range o.Ways {
		switch {
		case w == WayAnswer:
			c.p.Citizenships = []Citizenship{declared(now, person.Italy)}
		case w == WayDeclare:
			c.p.Declaration = Declaration{State: Declared, Until: now.AddDate(0, 1, 0)}
		case w == WayFiscalCode:
			c.p.Owes = time.Time{}
		case w == WayEnrol:
			c.p.Factors, c.l.SecondFactor = append(slices.Clone(c.p.Factors), LocalFactor), true
		case w == WayFactor:
			c.l.SecondFactor = true
		case owns(c.p, w) && (c.l.Door != person.Door(w) || o.Kind == LevelTooLow || c.l.For != c.s.ID):
			c.l = Login{Door: person.Door(w), Level: LevelAsked(c.s.Level), At: now, For: c.s.ID}
			if c.s.TwoFactors {
				c.l.Level = max(c.l.Level, 2)
			}
		default:
			continue
		}
		return true
	}
	return false
}

func owns(p Person, w Way) bool { return slices.Contains(p.Doors, person.Door(w)) }

// ownFirst: who did not come in by SPID or CIE and is led there is led to their own first,
// whatever else they own; without either, to SPID.
func ownFirst(c *trial, o *Outcome) string {
	spid, cie := slices.Index(o.Ways, WaySPID), slices.Index(o.Ways, WayCIE)
	if spid < 0 || cie < 0 || c.l.ByState() {
		return ""
	}
	if byCard := owns(c.p, WayCIE) && !owns(c.p, WaySPID); byCard != (cie < spid) {
		return fmt.Sprintf("owns %v and is offered %v", c.p.Doors, o.Ways)
	}
	return ""
}

// neverHarms: a stronger login, a second factor, another citizenship, a declaration, an
// employment, the word of a parent take nothing away.
func neverHarms(c *trial, o *Outcome) string {
	if o.Kind != Enter {
		return ""
	}
	p, l := c.p, c.l
	if l.ByState() {
		l.Level = 3
	} else {
		l.SecondFactor = true
	}
	p.Authorised = now.AddDate(1, 0, 0)
	p.Citizenships, p.Declaration, p.Affiliations = append(p.Citizenships[:len(p.Citizenships):len(p.Citizenships)], alsoAnother), declaredNow, employed
	if again := c.at.book.Decide(p, c.s, l, now); again.Kind != Enter {
		return fmt.Sprintf("entered before, and now %s by %s", again.Kind, again.Rule)
	}
	return ""
}

// What helps.
var (
	alsoAnother = registered(now, "IT", "Z110")
	declaredNow = Declaration{State: Declared, Until: now.AddDate(0, 1, 0)}
	employed    = []Affiliation{{Kind: Employment}}
)
