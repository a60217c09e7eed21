package gateway_test

import (
	"atrio/people/civil"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/gateway"
	"atrio/people/person"
)

// smallWorld is a gazetteer of three municipalities and two states.
type smallWorld struct{}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// towns with their first and last days.
var towns = []struct {
	civil.Town
	from time.Time
}{
	{civil.Town{Code: "A744", Name: "Bellagio", Province: "CO", Until: day(2014, 2, 3)}, day(1861, 3, 17)},
	{civil.Town{Code: "M335", Name: "Bellagio", Province: "CO"}, day(2014, 2, 4)},
	{civil.Town{Code: "H501", Name: "Roma", Province: "RM"}, day(1871, 1, 15)},
	{civil.Town{Code: "E623", Name: "Livo", Province: "CO"}, day(1861, 3, 17)},
	{civil.Town{Code: "E624", Name: "Livo", Province: "TN"}, day(1861, 3, 17)},
}

func (smallWorld) at(at time.Time, fits func(civil.Town) bool) (list []civil.Town) {
	for _, t := range towns {
		if !at.Before(t.from) && (t.Until.IsZero() || !at.After(t.Until)) && fits(t.Town) {
			list = append(list, t.Town)
		}
	}
	return list
}

func (w smallWorld) Towns(name, province string, at time.Time) []civil.Town {
	return w.at(at, func(t civil.Town) bool {
		return strings.EqualFold(t.Name, name) && (province == "" || t.Province == province)
	})
}

func (w smallWorld) TownsOf(province string, at time.Time) []civil.Town {
	return w.at(at, func(t civil.Town) bool { return t.Province == province })
}

func (w smallWorld) Suggest(beginning string, at time.Time) []civil.Town {
	return w.at(at, func(t civil.Town) bool {
		return strings.HasPrefix(strings.ToLower(t.Name), strings.ToLower(beginning))
	})
}

func (w smallWorld) Town(code string, at time.Time) (civil.Town, bool) {
	found := w.at(at, func(t civil.Town) bool { return t.Code == code })
	if len(found) == 0 {
		return civil.Town{}, false
	}
	return found[0], true
}

func (smallWorld) BirthStates(string) []civil.Option {
	return []civil.Option{{Code: "Z118", Name: "JUGOSLAVIA"}, {Code: "Z222", Name: "INDIA"}}
}
func (smallWorld) Citizenships(string) []civil.Option {
	return []civil.Option{{Code: "IT", Name: "ITALIA"}, {Code: "IN", Name: "INDIA"}}
}
func (w smallWorld) Countries(lang string) []civil.Option { return w.Citizenships(lang) }
func (smallWorld) Provinces() []civil.Option {
	return []civil.Option{{Code: "CO", Name: "Como"}, {Code: "RM", Name: "Roma"}, {Code: "TN", Name: "Trento"}}
}

func (w smallWorld) IsBirthState(code string, at time.Time) (known, then bool) {
	return in(w.BirthStates(""), code), code != "Z118" || at.Year() < 2003
}
func (w smallWorld) IsCitizenship(code string) bool { return in(w.Citizenships(""), code) }
func (w smallWorld) IsCountry(code string) bool     { return in(w.Countries(""), code) }
func (w smallWorld) IsProvince(code string) bool    { return in(w.Provinces(), code) }

func in(list []civil.Option, code string) bool {
	return slices.ContainsFunc(list, func(o civil.Option) bool { return o.Code == code })
}

// registering is what the stage registers people with: little work.
func registering() gateway.Registering {
	return gateway.Registering{Places: smallWorld{}, Compare: bySex, WorkBits: 4}
}

// bySex compares one field only.
func bySex(code person.FiscalCode, f civil.Facts) []string {
	woman := code[9] >= '4'
	if f.Sex == civil.Male && woman || f.Sex == civil.Female && !woman {
		return []string{civil.FactSex}
	}
	return nil
}

// solve does the work of a browser.
func solve(puzzle string, bits int) string {
	for n := 0; ; n++ {
		number := strconv.Itoa(n)
		if sum := sha256.Sum256([]byte(puzzle + number)); int(sum[0])>>(8-bits) == 0 {
			return number
		}
	}
}
