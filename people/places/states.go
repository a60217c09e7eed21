package places

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// stateFacts is the table of states; its first lines say what each field is. It is
// ours: names and codes are those of ISTAT, ISO and Unicode, the rest by hand.
//
//go:embed facts/states.tsv
var stateFacts string

// State is a state or territory of the world. Italy is one with no cadastral
// code: who is born there is born in a municipality.
type State struct {
	Code    string // cadastral code, empty for Italy
	ISO     string // ISO 3166-1, two letters (Kosovo: XK); empty for former states
	Name    string // in Italian
	English string
	// First and Last are the days between which it existed, where that matters.
	First, Last time.Time
	// Birthplace: it may be chosen as a place of birth. Other codes of a state that
	// has two are only recognised. Citizenship: it has citizens today.
	Birthplace, Citizenship, EU bool
}

// Italy as a citizenship.
var Italy = State{ISO: "IT", Name: "Italia", English: "Italy", Citizenship: true, EU: true}

type state struct {
	State
	first, last day
	aliases     []string // other names, in either language
	successors  []string
	sameAs      string // another code of the same state
}

func (s *state) place() Place {
	return Place{Code: s.Code, Name: s.Name, Other: s.English, First: s.first.time(), Last: s.last.time()}
}

// on tells whether somebody can have been born there on a day. People name the
// state of today for a birth before its time, so only the last day counts.
func (s *state) on(d day) bool { return d <= s.last }

var stateList, stateByCode = mustStates()

func mustStates() ([]*state, map[string]*state) {
	list, err := readStates(stateFacts)
	if err != nil {
		panic(err) // the table is part of the program
	}
	byCode := make(map[string]*state, len(list))
	for _, s := range list {
		byCode[s.Code] = s
	}
	return list, byCode
}

func readStates(table string) ([]*state, error) {
	var list []*state
	err := eachLine(strings.NewReader(table), func(f []string) error {
		if len(f) != 10 || !isCode(f[0]) || f[0][0] != abroad || f[5] == "" {
			return errors.New("not ten fields, no code of a state, or no name")
		}
		for i := range f {
			if f[i] == "-" {
				f[i] = ""
			}
		}
		s := &state{State: State{Code: f[0], ISO: f[1], Name: f[5], English: f[7]}, first: always, last: still}
		s.Birthplace, s.Citizenship, s.EU = strings.Contains(f[2], "b"), strings.Contains(f[2], "c"), strings.Contains(f[2], "e")
		if s.English == "=" {
			s.English = s.Name
		}
		for _, d := range []struct {
			text string
			to   *day
		}{{f[3], &s.first}, {f[4], &s.last}} {
			if d.text != "" {
				parsed, err := parseDay(d.text)
				if err != nil {
					return err
				}
				*d.to = parsed
			}
		}
		s.First, s.Last = s.first.time(), s.last.time()
		s.aliases = strings.FieldsFunc(f[6]+"|"+f[8], func(r rune) bool { return r == '|' })
		for _, code := range strings.Fields(f[9]) {
			if same, is := strings.CutPrefix(code, "="); is {
				s.sameAs = same
			} else {
				s.successors = append(s.successors, code)
			}
		}
		list = append(list, s)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("places: table of states: %w", err)
	}
	return list, nil
}

// States lists the states in which somebody born on that day may have been born,
// by their names in a language, "it" or "en". Without a day: those of today.
func States(on time.Time, lang string) []State {
	return chosen(lang, func(s *state) bool {
		if on.IsZero() {
			return s.Birthplace && s.last == still
		}
		return s.Birthplace && s.on(dayOf(on))
	})
}

// Citizenships lists the states of which one can be a citizen today, Italy first.
func Citizenships(lang string) []State {
	return append([]State{Italy}, chosen(lang, func(s *state) bool { return s.Citizenship })...)
}

func chosen(lang string, fits func(*state) bool) []State {
	var list []State
	for _, s := range stateList {
		if fits(s) {
			list = append(list, s.State)
		}
	}
	slices.SortFunc(list, func(a, b State) int { return strings.Compare(fold(a.In(lang)), fold(b.In(lang))) })
	return list
}

// In gives the name in a language, "it" or "en".
func (s State) In(lang string) string {
	if lang == "it" {
		return s.Name
	}
	return s.English
}

// StateByISO finds a state of today by its ISO 3166-1 code of two letters.
func StateByISO(iso string) (State, bool) {
	if iso == Italy.ISO {
		return Italy, true
	}
	for _, s := range stateList {
		if iso != "" && s.ISO == iso && s.last == still {
			return s.State, true
		}
	}
	return State{}, false
}

// StateByCode finds a state by its cadastral code.
func StateByCode(code string) (State, bool) {
	if s := stateByCode[code]; s != nil {
		return s.State, true
	}
	return State{}, false
}
