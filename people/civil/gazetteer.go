package civil

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"atrio/people/codicefiscale"
	"atrio/people/latin"
	"atrio/people/places"
)

// Gazetteer has the lists behind the fields of a form, out of people/places, and says what
// of a person does not fit a codice fiscale. It has no data of its own.
type Gazetteer struct {
	places    func() *places.Directory
	provinces func() []Option
	// by language
	birthStates, citizenships map[string]func() []Option
}

// Oldest is the first year whose provinces are of use: nobody who registers is older.
const oldest = 1900

// New gives the lists in some languages as they are first asked for: open is called by the first question
// about a municipality, and the lists that do not change are made once.
func New(open func() *places.Directory, now func() time.Time, langs ...string) *Gazetteer {
	g := &Gazetteer{
		places:      open,
		provinces:   sync.OnceValue(func() []Option { return provinces(open(), now().Year()) }),
		birthStates: map[string]func() []Option{}, citizenships: map[string]func() []Option{},
	}
	for _, lang := range langs {
		g.birthStates[lang] = sync.OnceValue(func() []Option { return birthStates(lang) })
		g.citizenships[lang] = sync.OnceValue(func() []Option { return citizenships(lang) })
	}
	return g
}

// provinces are those of all years since oldest, by name.
func provinces(d *places.Directory, year int) []Option {
	seen := map[string]string{}
	add := func(on time.Time) {
		for _, p := range d.Provinces(on) {
			seen[p.Letters] = p.Name
		}
	}
	for y := oldest; y <= year; y += 5 {
		add(time.Date(y, 7, 1, 0, 0, 0, 0, time.UTC))
	}
	add(time.Time{})
	var list []Option
	for letters, name := range seen {
		list = append(list, Option{Code: letters, Name: name + " (" + letters + ")"})
	}
	slices.SortFunc(list, func(a, b Option) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	return list
}

// in gives the list of a language; nothing in one that no page has.
func in(lists map[string]func() []Option, lang string) []Option {
	if list := lists[lang]; list != nil {
		return list()
	}
	return nil
}

// BirthStates lists states by their codes in the land register.
func (g *Gazetteer) BirthStates(lang string) []Option { return in(g.birthStates, lang) }

// birthStates tells until when a former state existed.
func birthStates(lang string) []Option {
	var list []Option
	for _, s := range places.States(time.Date(oldest, 1, 1, 0, 0, 0, 0, time.UTC), lang) {
		name := s.In(lang)
		if !s.Last.IsZero() {
			name += " (" + until[lang] + " " + strconv.Itoa(s.Last.Year()) + ")"
		}
		list = append(list, Option{Code: s.Code, Name: name})
	}
	return list
}

var until = map[string]string{"it": "fino al", "en": "until"}

// Citizenships lists states by their ISO codes, Italy first.
func (g *Gazetteer) Citizenships(lang string) []Option { return in(g.citizenships, lang) }

func citizenships(lang string) []Option {
	var list []Option
	for _, s := range places.Citizenships(lang) {
		if s.ISO != "" {
			list = append(list, Option{Code: s.ISO, Name: s.In(lang)})
		}
	}
	return list
}

// Countries are where somebody may live: the same list.
func (g *Gazetteer) Countries(lang string) []Option { return g.Citizenships(lang) }

// IsBirthState tells whether somebody may have been born there on that day.
func (g *Gazetteer) IsBirthState(code string, at time.Time) (known, then bool) {
	s, ok := places.StateByCode(code)
	return ok && s.Birthplace, ok && (s.Last.IsZero() || !at.After(s.Last))
}

// IsCitizenship tells whether it is in the list.
func (g *Gazetteer) IsCitizenship(code string) bool {
	s, ok := places.StateByISO(code)
	return ok && s.Citizenship
}

// IsCountry tells whether it is in the list.
func (g *Gazetteer) IsCountry(code string) bool { return g.IsCitizenship(code) }

// Provinces are all since oldest.
func (g *Gazetteer) Provinces() []Option { return g.provinces() }

// IsProvince tells whether it is in the list.
func (g *Gazetteer) IsProvince(letters string) bool {
	return slices.ContainsFunc(g.provinces(), func(o Option) bool { return o.Code == letters })
}

// Town is a municipality that existed on that day.
func (g *Gazetteer) Town(code string, at time.Time) (Town, bool) {
	p, there := g.places().Find(code, at)
	return town(p), there && !p.Abroad()
}

// mostTowns is how many municipalities of one name there are at the most.
const mostTowns = 50

// Towns are those whose whole name it is, in either language.
func (g *Gazetteer) Towns(name, province string, at time.Time) []Town {
	var list []Town
	for _, p := range g.places().Search(places.Query{Text: name, On: at, Where: places.InItaly, Province: province, Limit: mostTowns}) {
		if fold(p.Name) == fold(name) || p.Other != "" && fold(p.Other) == fold(name) {
			list = append(list, town(p))
		}
	}
	return list
}

// TownsOf are those of a province, then or now.
func (g *Gazetteer) TownsOf(province string, at time.Time) []Town {
	return townsOf(g.places().Municipalities(province, at))
}

// mostSuggested fits a telephone.
const mostSuggested = 12

// Suggest finds by the beginning of a name or of its words.
func (g *Gazetteer) Suggest(beginning string, at time.Time) []Town {
	return townsOf(g.places().Search(places.Query{Text: beginning, On: at, Where: places.InItaly, Limit: mostSuggested}))
}

func townsOf(found []places.Place) []Town {
	list := make([]Town, len(found))
	for i, p := range found {
		list[i] = town(p)
	}
	return list
}

func town(p places.Place) Town {
	return Town{Code: p.Code, Name: p.Name, Other: p.Other, Province: p.Province, Until: p.Last}
}

func fold(name string) string {
	words, _ := latin.Words(name, latin.Plain)
	return strings.Join(words, " ")
}

// facts by the fields of the code.
var facts = map[codicefiscale.Field]string{
	codicefiscale.FieldSurname: FactFamilyName, codicefiscale.FieldGivenName: FactGivenName, codicefiscale.FieldBorn: FactBirthDate,
	codicefiscale.FieldSex: FactSex, codicefiscale.FieldPlace: FactBirthPlace,
}

// Compare tells which facts do not fit a code. What right codes are known to differ in
// (one of two given names, the code of a former state) is no difference. // G3.3
func (g *Gazetteer) Compare(code codicefiscale.Code, f Facts) []string {
	p := codicefiscale.Person{
		Surname: f.FamilyName, GivenName: f.GivenName, NoSurname: f.FamilyName == "", NoGivenName: f.GivenName == "",
		Born: f.Birth, Place: f.Place,
	}
	if f.Sex != Other { // the document says neither: the code cannot tell anything
		p.Sex = codicefiscale.Sex(f.Sex)
	}
	var list []string
	for _, d := range codicefiscale.Compare(code, p, g.places()).Differences {
		if d.Kind == codicefiscale.Differs {
			list = append(list, facts[d.Field])
		}
	}
	return list
}
