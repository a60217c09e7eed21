package access

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/people/person"
)

// The boxes of the institution's flow chart, and what the guide says beside them.
func TestTheFlowChart(t *testing.T) {
	italian := Person{Citizenships: []Citizenship{declared(now, "IT")}}
	foreign := Person{Citizenships: []Citizenship{declared(now, "Z110")}, Factors: []Factor{LocalFactor}}
	dual := Person{Citizenships: []Citizenship{declared(now, "IT", "XX")}}
	unable := italian
	unable.Declaration = Declaration{State: Declared, Until: now.AddDate(0, 3, 0)}
	employee := italian
	employee.Affiliations = []Affiliation{{Kind: Employment}}
	child, grown := foreign, foreign
	child.BirthDate, grown.BirthDate = "2011-01-01", "1990-01-01"
	allowed := child
	allowed.Authorised = now.AddDate(0, 1, 0)
	owing := foreign
	owing.Owes = now
	camp := Service{ID: "camp", Class: Community, Level: 2, ParentalAuthorisation: true}
	fees, payslips, courses := Service{Class: Administrative, Level: 2}, Service{Class: Staff, Level: 2}, Service{Class: Teaching, Level: 2}
	password, two := Login{Door: person.DoorLocal}, Login{Door: person.DoorLocal, SecondFactor: true}
	for _, c := range []struct {
		name string
		p    Person
		s    Service
		l    Login
		want Kind
		rule ID
		way  Way
	}{
		{"Italian by SPID", italian, fees, Login{Door: person.DoorSPID, Level: 2}, Enter, Open, ""},
		{"Italian by CIE", italian, fees, Login{Door: person.DoorCIE, Level: 2}, Enter, Open, ""},
		{"Italian by credentials", italian, fees, two, UseFederated, Duty, WayDeclare},
		{"Italian by passkey", italian, fees, Login{Door: person.DoorPasskey, SecondFactor: true}, UseFederated, Duty, WayCitizenship},
		{"Italian by eduGAIN", italian, fees, Login{Door: person.DoorEduGAIN, SecondFactor: true}, UseFederated, Duty, WaySPID},
		{"Italian who declared, before the second factor", unable, fees, password, Enrol, SecondFactorRule, WayEnrol},
		{"Italian who declared", unable, fees, two, Enter, Open, ""},
		{"Italian at the courses", italian, courses, two, Enter, Open, ""},
		{"foreigner, password alone", foreign, fees, password, SecondFactor, SecondFactorRule, WayFactor},
		{"foreigner", foreign, fees, two, Enter, Open, ""},
		{"foreigner by eIDAS, low", foreign, fees, Login{Door: person.DoorEIDAS, Level: 1}, LevelTooLow, Level, WayEIDAS},
		{"two citizenships", dual, fees, two, Enter, Open, ""},
		{"foreigner whose codice fiscale is overdue", owing, fees, two, NeedsFiscalCode, FiscalCodeDue, WayFiscalCode},
		{"the same by SPID", owing, fees, Login{Door: person.DoorSPID, Level: 2}, Enter, Open, ""},
		{"the same at the courses", owing, courses, two, Enter, Open, ""},
		{"employee at payslips", employee, payslips, two, Enter, Open, ""},
		{"employee at payslips, password alone", employee, payslips, password, Enrol, SecondFactorRule, WayEnrol},
		{"employee at the fees of their own studies", employee, fees, two, UseFederated, Duty, WayDeclare},
		{"nobody knows the citizenship", Person{}, fees, two, AskCitizenship, AskFirst, WayAnswer},
		{"nobody knows, by SPID", Person{}, fees, Login{Door: person.DoorSPID, Level: 2}, Enter, Open, ""},
		{"nobody knows, at the courses", Person{}, courses, two, Enter, Open, ""},
		{"minor by SPID, whose provider asks the parent", child, camp, Login{Door: person.DoorSPID, Level: 2, For: "camp"}, Enter, Open, ""},
		{"minor by SPID, who was asked for another service", child, camp, Login{Door: person.DoorSPID, Level: 2, For: "other"}, NeedsParent, Parental, WaySPID},
		{"grown up by SPID for another service", grown, camp, Login{Door: person.DoorSPID, Level: 2}, Enter, Open, ""},
		{"minor by CIE", child, camp, Login{Door: person.DoorCIE, Level: 2}, NeedsParent, Parental, WaySPID},
		{"minor by credentials", child, camp, two, NeedsParent, Parental, WayHelp},
		{"minor whose parent came to the desk", allowed, camp, two, Enter, Open, ""},
		{"minor whose parent came to the desk, password alone", allowed, camp, password, SecondFactor, SecondFactorRule, WayFactor},
		{"minor at the courses, which ask no parent", child, courses, two, Enter, Open, ""},
		{"grown up where parents are asked", grown, camp, two, Enter, Open, ""},
		{"of unknown age where parents are asked", foreign, camp, two, NeedsParent, Parental, WayCIE},
	} {
		o := NewBook(allActs()).Decide(c.p, c.s, c.l, now)
		if o.Kind != c.want || o.Rule != c.rule || c.way != "" && !o.Offers(c.way) {
			t.Errorf("%s: %s by %s, ways %v", c.name, o.Kind, o.Rule, o.Ways)
		}
	}
}

// Who owns a digital identity is led to it: at every box of the chart that sends people
// to SPID or CIE, their own stands first, and owning one opens nothing by itself.
func TestTheFlowChartForWhoOwnsAnIdentity(t *testing.T) {
	italian, foreign := []Citizenship{declared(now, "IT")}, []Citizenship{declared(now, "Z110")}
	fees, high := Service{ID: "fees", Class: Administrative, Level: 2}, Service{ID: "high", Class: Administrative, Level: 3}
	camp := Service{ID: "camp", Class: Community, Level: 2, ParentalAuthorisation: true}
	password, two := Login{Door: person.DoorLocal}, Login{Door: person.DoorLocal, SecondFactor: true}
	spid, cie, eidas, local := person.DoorSPID, person.DoorCIE, person.DoorEIDAS, person.DoorLocal
	for _, c := range []struct {
		name  string
		says  []Citizenship
		doors []person.Door
		s     Service
		l     Login
		want  Kind
		rule  ID
		first Way
	}{
		{"Italian with SPID, by password", italian, []person.Door{spid}, fees, password, UseFederated, Duty, WaySPID},
		{"Italian with SPID, by credentials", italian, []person.Door{local, spid}, fees, two, UseFederated, Duty, WaySPID},
		{"Italian with CIE, by credentials", italian, []person.Door{local, cie}, fees, two, UseFederated, Duty, WayCIE},
		{"Italian with both, SPID first", italian, []person.Door{spid, cie}, fees, two, UseFederated, Duty, WaySPID},
		{"Italian with both, CIE first", italian, []person.Door{cie, spid}, fees, two, UseFederated, Duty, WayCIE},
		{"Italian with eIDAS alone, by credentials", italian, []person.Door{eidas}, fees, two, UseFederated, Duty, WaySPID},
		{"Italian with eIDAS, by it", italian, []person.Door{eidas}, fees, Login{Door: eidas, Level: 2}, Enter, Open, ""},
		{"Italian with SPID at the courses, by credentials", italian, []person.Door{spid}, Service{Class: Teaching, Level: 2}, two, Enter, Open, ""},
		{"nobody knows the citizenship of who has SPID", nil, []person.Door{spid}, fees, two, AskCitizenship, AskFirst, WayAnswer},
		{"foreigner with SPID, by credentials", foreign, []person.Door{spid}, fees, two, Enter, Open, ""},
		{"foreigner with eIDAS where level 3 is asked for, by credentials", foreign, []person.Door{eidas}, high, two, LevelTooLow, Level, WaySPID},
		{"with SPID where level 3 is asked for, by SPID at level 2", italian, []person.Door{spid}, high, Login{Door: spid, Level: 2}, LevelTooLow, Level, WaySPID},
		{"with CIE first where level 3 is asked for, by SPID at level 2", italian, []person.Door{cie, spid}, high, Login{Door: spid, Level: 2}, LevelTooLow, Level, WayCIE},
		{"with SPID where level 3 is asked for, by CIE at level 2", italian, []person.Door{spid}, high, Login{Door: cie, Level: 2}, LevelTooLow, Level, WayCIE},
		{"with SPID where parents are asked, by credentials", foreign, []person.Door{spid}, camp, two, NeedsParent, Parental, WaySPID},
		{"with CIE, which tells the age where parents are asked, by credentials", foreign, []person.Door{cie}, camp, two, NeedsParent, Parental, WayCIE},
	} {
		o := NewBook(allActs()).Decide(Person{Citizenships: c.says, Doors: c.doors, Factors: []Factor{LocalFactor}}, c.s, c.l, now)
		if o.Kind != c.want || o.Rule != c.rule || c.first != "" && (len(o.Ways) == 0 || o.Ways[0] != c.first) {
			t.Errorf("%s: %s by %s, ways %v", c.name, o.Kind, o.Rule, o.Ways)
		}
	}
}

func TestCitizenshipFollowsItsSources(t *testing.T) {
	for _, c := range citizens() {
		if s, _, _ := (Person{Citizenships: c.says}).Standing(now); s != c.want {
			t.Errorf("%s: %d, want %d", c.name, s, c.want)
		}
	}
}

// G2.8: thirty days after the person was told, the register counts.
func TestTheGraceEnds(t *testing.T) {
	p := Person{Citizenships: []Citizenship{declared(now.AddDate(-1, 0, 0), "XX"), registered(now, "IT")}}
	fees, l := Service{Class: Administrative}, Login{Door: person.DoorLocal, SecondFactor: true}
	b := NewBook(nil)
	end := now.Add(Grace)
	if o := b.Decide(p, fees, l, end.Add(-time.Microsecond)); o.Kind != Enter || !o.Until.Equal(end) {
		t.Errorf("before the end: %+v", o)
	}
	o := b.Decide(p, fees, l, end)
	if o.Kind != UseFederated || o.Offers(WayCitizenship) {
		t.Errorf("at the end: %+v; what a register says is not corrected by a click", o)
	}
}

func TestTheEndOfARightIsTold(t *testing.T) {
	until := now.AddDate(0, 1, 0)
	p := Person{Citizenships: []Citizenship{declared(now, "IT")}, Declaration: Declaration{State: Declared, Until: until}}
	l := Login{Door: person.DoorLocal, SecondFactor: true}
	b := NewBook(allActs())
	if o := b.Decide(p, Service{Class: Staff}, l, now); !o.Until.Equal(until) {
		t.Errorf("by the declaration: %v", o.Until)
	}
	opening := b.With([]Opening{{From: now, Until: now.AddDate(1, 0, 0)}})
	p.Declaration = Declaration{}
	if o := opening.Decide(p, Service{Class: Staff}, l, now); !o.Until.Equal(now.Add(MaxOpening)) {
		t.Errorf("an opening lasts %v", o.Until)
	}
	if o := opening.Decide(p, Service{Class: Staff}, l, now.Add(MaxOpening)); o.Kind != UseFederated {
		t.Errorf("after the longest opening: %s", o.Kind)
	}
	p.Affiliations = []Affiliation{{Kind: Employment}}
	if o := opening.Decide(p, Service{Class: Staff}, l, now); o.Kind != Enter || !o.Until.IsZero() {
		t.Errorf("by the employment, which has no end: %v", o.Until)
	}
}

func TestBeforeTheLawThereWasNoDuty(t *testing.T) {
	p := Person{Citizenships: []Citizenship{declared(now.AddDate(-9, 0, 0), "IT")}}
	l := Login{Door: person.DoorLocal, SecondFactor: true}
	day := time.Date(2021, 10, 1, 0, 0, 0, 0, rome)
	for at, want := range map[time.Time]Kind{day.Add(-time.Second): Enter, day: UseFederated} {
		o, trail := NewBook(nil).Explain(p, Service{Class: Administrative}, l, at)
		if o.Kind != want {
			t.Errorf("%v: %s", at, o.Kind)
		}
		if i := slices.IndexFunc(trail, func(s Step) bool { return s.Rule == Duty }); want == Enter && trail[i].Effect != NotInForce {
			t.Errorf("%v: %+v", at, trail[i])
		}
	}
}

func TestEveryRuleHasItsClauseAndBothLanguages(t *testing.T) {
	seen := map[ID]bool{}
	for _, r := range Rules() {
		if r.ID == "" || seen[r.ID] || r.Title.It == "" || r.Title.En == "" || r.Clause == "" || r.say == nil || r.Title.In("en") != r.Title.En || r.Title.In("it") != r.Title.It {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
		if r.Basis == Law && r.From.IsZero() && r.ID != Open {
			t.Errorf("%s: a law begins on a day", r.ID)
		}
		for _, id := range r.Lifts {
			if _, known := Lookup(id); !known {
				t.Errorf("%s lifts %s, which is no rule", r.ID, id)
			}
		}
	}
}

// What is lifted is asked after what lifts it; otherwise it would never be lifted.
func TestRulesAreLiftedBeforeTheyAreAsked(t *testing.T) {
	all := Rules()
	for i, r := range all {
		for _, id := range r.Lifts {
			if slices.IndexFunc(all, func(o Rule) bool { return o.ID == id }) < i {
				t.Errorf("%s comes after %s", r.ID, id)
			}
		}
	}
}

func TestTheTrailNamesEveryRuleUpToTheOneThatDecided(t *testing.T) {
	p := Person{Citizenships: []Citizenship{declared(now, "XX")}}
	o, trail := NewBook(nil).Explain(p, Service{Class: Administrative}, Login{Door: person.DoorLocal, SecondFactor: true}, now)
	var told []string
	for _, s := range trail {
		if s.Why.It == "" || s.Why.En == "" {
			t.Errorf("%s says nothing", s.Rule)
		}
		told = append(told, fmt.Sprint(s.Rule, " ", s.Effect))
	}
	want := "age silent|level silent|parental-authorisation silent|free-choice lifts|staff-exemption not_in_force|declaration not_in_force|outage-opening not_in_force|eidas-for-italians not_in_force|" +
		"citizenship-unknown silent|duty lifted|fiscal-code-due silent|first-factor not_in_force|first-access silent|state-factor silent|second-factor silent|open decides"
	if got := strings.Join(told, "|"); got != want || o.Kind != Enter {
		t.Errorf("%s\n%s", got, o.Kind)
	}
}

// G2.7: no decision without act, date and signer, and none about a law.
func TestADecisionNeedsItsAct(t *testing.T) {
	good := Act{Rule: Undertaking, Act: "Decreto 1/2026", Signer: "Il Rettore", Date: "2026-01-02", Until: "2027-01-02"}
	if errs := CheckActs(append(allActs()[:1], good)); len(errs) > 0 {
		t.Error(errs)
	}
	for want, spoil := range map[string]func(*Act){
		"no such rule":        func(a *Act) { a.Rule = "x" },
		"is law":              func(a *Act) { a.Rule = Duty },
		"is guidance":         func(a *Act) { a.Rule = SecondFactorRule },
		"act is missing":      func(a *Act) { a.Act = " " },
		"signer is missing":   func(a *Act) { a.Signer = "" },
		`date ""`:             func(a *Act) { a.Date = "" },
		`date "2.1.2026"`:     func(a *Act) { a.Date = "2.1.2026" },
		`until "2026-01-02"`:  func(a *Act) { a.Until = "2026-01-02" },
		`until "for ever"`:    func(a *Act) { a.Until = "for ever" },
		"the institution dec": func(a *Act) { a.Rule = "" },
	} {
		bad := good
		spoil(&bad)
		if errs := CheckActs([]Act{bad}); len(errs) != 1 || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%s: %v", want, errs)
		}
	}
	if errs := CheckActs([]Act{good, good}); len(errs) != 1 || !strings.Contains(errs[0].Error(), "twice") {
		t.Error(errs)
	}
}

func TestAnActHoldsFromItsDateToItsEnd(t *testing.T) {
	b := NewBook([]Act{{Rule: Undertaking, Act: "a", Signer: "b", Date: "2026-03-10", Until: "2026-03-12"}})
	r, _ := Lookup(Undertaking)
	for at, want := range map[string]bool{"2026-03-09T22:59:59Z": false, "2026-03-09T23:00:00Z": true, "2026-03-11T22:59:59Z": true, "2026-03-11T23:00:00Z": false} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil || b.InForce(r, moment) != want {
			t.Errorf("%s: %v %v", at, !want, err)
		}
	}
	if a, taken := b.Act(Undertaking); !taken || a.Signer != "b" {
		t.Error(a, taken)
	}
	if _, taken := b.Act(FirstFactor); taken {
		t.Error("an act that nobody took")
	}
}

// A suspended factor is among the factors: a password alone never sets up another one.
func TestWhoHasAFactorIsNeverAskedToSetOneUp(t *testing.T) {
	o := NewBook(nil).Decide(Person{Factors: []Factor{LocalFactor}, FirstAccess: true}, OwnAccount(), Login{Door: person.DoorLocal}, now)
	if o.Kind != SecondFactor || o.Offers(WayEnrol) {
		t.Errorf("%+v", o)
	}
}
