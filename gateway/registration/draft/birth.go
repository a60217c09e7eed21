package draft

import (
	"time"

	"atrio/people/civil"
)

// oldest is the age beyond which a date of birth is a slip of the pen.
const oldest = 125

// Birth is the date of birth; false while it is none.
func (i Identity) Birth() (time.Time, bool) { return civil.Date(i.Day, i.Month, i.Year) }

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
	case i.State != civil.Italy:
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
			f.add("birth_town_unlisted", key, "max", civil.MaxName)
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
	town, wrong := civil.Choose(p, i.TownCode, i.Town, i.Province, birth)
	if wrong != "" {
		field := "birth_town"
		if wrong == civil.ProvinceUnknown {
			field = "birth_province"
		}
		i.TownCode = ""
		f.add(field, wrongs[wrong], "town", i.Town)
		return
	}
	if i.Province == "" || i.TownCode != "" {
		i.Province = town.Province
	}
	i.TownCode, i.Town = town.Code, town.Name
}
