package draft

import (
	"regexp"
	"strconv"
	"time"
)

// oldest is the age beyond which a date of birth is a slip of the pen.
const oldest = 125

// wholeDate is a date pasted into the first of the three fields.
var wholeDate = regexp.MustCompile(`^(\d{1,2})[./\- ](\d{1,2})[./\- ](\d{4})$`)

// isoDate is one as computers write it.
var isoDate = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})$`)

// spread puts a whole date, pasted into the field of the day, where its parts belong.
func spread(day, month, year string) (string, string, string) {
	if month != "" || year != "" {
		return day, month, year
	}
	if m := wholeDate.FindStringSubmatch(day); m != nil {
		return m[1], m[2], m[3]
	}
	if m := isoDate.FindStringSubmatch(day); m != nil {
		return m[3], m[2], m[1]
	}
	return day, month, year
}

// Birth is the date of birth; false while it is none.
func (i Identity) Birth() (time.Time, bool) {
	day, errDay := strconv.Atoi(i.Day)
	month, errMonth := strconv.Atoi(i.Month)
	year, errYear := strconv.Atoi(i.Year)
	if errDay != nil || errMonth != nil || errYear != nil || len(i.Year) != 4 || len(i.Day) > 2 || len(i.Month) > 2 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || int(t.Month()) != month || t.Day() != day { // 31 February
		return time.Time{}, false
	}
	return t, true
}

// checkBirth finds what is wrong with the date; the mistake is the day's, where a
// reader's eyes begin.
func (i Identity) checkBirth(f *faults, now time.Time) {
	if i.Day == "" || i.Month == "" || i.Year == "" {
		f.add("birth_day", "wizard.birth.missing")
		return
	}
	birth, ok := i.Birth()
	switch {
	case !ok:
		f.add("birth_day", "wizard.birth.none")
	case birth.After(now):
		f.add("birth_day", "wizard.birth.future")
	case now.AddDate(-oldest, 0, 0).After(birth):
		f.add("birth_day", "wizard.birth.old", "years", oldest)
	}
}

// checkBirthPlace finds what is wrong with the place, and completes the municipality of
// Italy when what was typed means one only.
func (i *Identity) checkBirthPlace(f *faults, p Places) {
	switch {
	case i.State == "":
		f.add("birth_state", "wizard.state.missing")
	case i.State != Italy:
		birth, _ := i.Birth()
		switch known, then := p.IsBirthState(i.State, birth); {
		case !known:
			f.add("birth_state", "form.choice")
		case !then:
			f.add("birth_state", "wizard.state.then")
		}
		i.Province, i.Town, i.TownCode, i.TownUnlisted = "", "", "", ""
	default:
		i.checkTown(f, p)
	}
}

func (i *Identity) checkTown(f *faults, p Places) {
	if i.TownUnlisted != "" {
		if key := WrongName(i.TownUnlisted); key != "" {
			f.add("birth_town_unlisted", key, "max", MaxName)
		}
		i.Town, i.TownCode = "", ""
		return
	}
	birth, ok := i.Birth()
	if !ok { // the list depends on the day
		i.TownCode = ""
		if i.Town == "" {
			f.add("birth_town", "wizard.town.missing")
		}
		return
	}
	town, key := choose(p, i.TownCode, i.Town, i.Province, birth)
	if key != "" {
		field := "birth_town"
		if key == "wizard.province.missing" || key == "wizard.province.unknown" {
			field = "birth_province"
		}
		i.TownCode = ""
		f.add(field, key, "town", i.Town)
		return
	}
	if i.Province == "" || i.TownCode != "" {
		i.Province = town.Province
	}
	i.TownCode, i.Town = town.Code, town.Name
}

// choose finds the one municipality that is meant: by the code of a list, or by name
// and province, as it was on that day. Today's province is as good as that of then.
// // G3.2
func choose(p Places, code, name, province string, at time.Time) (Town, string) {
	if code != "" { // chosen from a list: it counts more than what was typed before
		if t, ok := p.Town(code, at); ok {
			return t, ""
		}
	}
	if province != "" && !p.IsProvince(province) {
		return Town{}, "wizard.province.unknown"
	}
	if name == "" {
		return Town{}, "wizard.town.missing"
	}
	switch found := p.Towns(name, province, at); len(found) {
	case 0:
		return Town{}, "wizard.town.unknown"
	case 1:
		return found[0], ""
	}
	return Town{}, "wizard.town.several"
}
