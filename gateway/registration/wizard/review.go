package wizard

import (
	"atrio/people/civil"
	"errors"
	"net/http"

	"atrio/base/fault"
	"atrio/gateway/registration/draft"
	"atrio/web"
	"atrio/web/ui"
)

// reviewView is the view of "wizard/review".
type reviewView struct {
	ui.Errors
	Identity, Residence []line
	Doubts              []string
	// Owes tells that a codice fiscale has to follow, within Days.
	Owes    bool
	Days    int
	News    bool
	Version int
	// Email helps password managers to name what they keep.
	Email string
}

// line is one datum of the review: a key of the catalogue, its value or, when ValueKey
// is set, the key of that, and where it is changed.
type line struct {
	Key, Value, ValueKey, Kind string
}

// review shows everything before it becomes an account: "Controlla i dati". // G3.1
func (z *Wizard) review(w http.ResponseWriter, r *http.Request) error {
	k, there, err := z.at(w, r, draft.StepReview)
	if err != nil || !there {
		return err
	}
	return z.showReview(w, r, http.StatusOK, k, nil)
}

func (z *Wizard) showReview(w http.ResponseWriter, r *http.Request, status int, k kept, errs ui.Errors) error {
	lang := web.Lang(r)
	return z.Site.Page(w, r, status, "wizard/review", reviewView{
		Errors: errs, Identity: z.identityLines(k.Identity, lang), Residence: z.residenceLines(k.Draft, lang),
		Doubts: k.Identity.Doubts, Owes: k.Owes(), Days: z.FiscalCodeDays, News: k.Consents.News, Version: k.row.Version, Email: k.Confirmed,
	}, web.Plain)
}

func (z *Wizard) identityLines(i draft.Identity, lang string) []line {
	lines := []line{
		{Key: "wizard.family_name", Value: i.FamilyName, ValueKey: when(i.NoFamilyName, "wizard.family_name.no")},
		{Key: "wizard.given_name", Value: i.GivenName, ValueKey: when(i.NoGivenName, "wizard.given_name.no")},
	}
	if i.LatinFamilyName != "" {
		lines = append(lines, line{Key: "wizard.family_name.latin", Value: i.LatinFamilyName})
	}
	if i.LatinGivenName != "" {
		lines = append(lines, line{Key: "wizard.given_name.latin", Value: i.LatinGivenName})
	}
	place := line{Key: "wizard.birth_town", Value: i.Town + " (" + i.Province + ")"}
	switch {
	case i.TownUnlisted != "":
		place.Value = i.TownUnlisted
	case i.State != civil.Italy:
		place = line{}
	}
	birth := ""
	if t, ok := i.Birth(); ok {
		birth = t.Format("2006-01-02")
	}
	lines = append(lines,
		line{Key: "wizard.sex", ValueKey: "wizard.sex." + i.Sex},
		line{Key: "wizard.birth", Value: birth, Kind: ui.DateDatum},
		line{Key: "wizard.birth_state", Value: z.stateName(z.Places.BirthStates(lang), i.State), ValueKey: when(i.State == civil.Italy, "wizard.italy")},
	)
	if place.Key != "" {
		lines = append(lines, place)
	}
	lines = append(lines, line{Key: "wizard.citizenship", Value: z.stateName(z.Places.Citizenships(lang), i.Citizenship)})
	if i.Other != "" {
		lines = append(lines, line{Key: "wizard.other_citizenship", Value: z.stateName(z.Places.Citizenships(lang), i.Other)})
	}
	code := line{Key: "wizard.fiscal", Value: i.FiscalCode}
	if i.HasFiscalCode != draft.HasCode {
		code.ValueKey = "wizard.fiscal." + i.HasFiscalCode
	}
	return append(lines, code, line{Key: "wizard.email", Value: i.Email})
}

func (z *Wizard) residenceLines(d draft.Draft, lang string) []line {
	r := d.Residence
	town := r.Town
	if r.State == civil.Italy {
		town += " (" + r.Province + ")"
	}
	lines := []line{
		{Key: "wizard.residence.state", Value: z.stateName(z.Places.Countries(lang), r.State)},
		{Key: "wizard.residence.town", Value: town}, {Key: "wizard.residence.street", Value: r.Street},
	}
	for _, more := range []line{
		{Key: "wizard.residence.postal", Value: r.Postal}, {Key: "wizard.phone", Value: r.Phone, Kind: ui.PhoneDatum}, {Key: "wizard.chosen_name", Value: r.ChosenName},
	} {
		if more.Value != "" {
			lines = append(lines, more)
		}
	}
	return append(lines, line{Key: "wizard.language", ValueKey: "wizard.language." + r.Language})
}

func when(yes bool, key string) string {
	if yes {
		return key
	}
	return ""
}

func (z *Wizard) stateName(list []civil.Option, code string) string {
	for _, o := range list {
		if o.Code == code {
			return o.Name
		}
	}
	return code
}

// finish takes the password and makes the account.
func (z *Wizard) finish(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	k, there, err := z.at(w, r, draft.StepReview)
	if err != nil || !there {
		return err
	}
	secret, repeated := f.Secret("password"), f.Value("repeat")
	if f.OK() {
		if err := z.Passwords.Check(secret, z.about(k.Draft)...); err != nil {
			var rule *fault.Error
			if !errors.As(err, &rule) || rule.Kind != fault.Invalid {
				return err
			}
			f.Fail("password", rule.Key, rule.Args...)
		} else if repeated != secret {
			f.Fail("repeat", "wizard.password.differs")
		}
	}
	if !f.OK() {
		return z.showReview(w, r, http.StatusUnprocessableEntity, k, f.Errors)
	}
	if f.Int("version", 0, 1<<30) != k.row.Version {
		f.Errors = nil
		f.Fail("", "wizard.review.changed") // another tab changed what stands here
		return z.showReview(w, r, http.StatusConflict, k, f.Errors)
	}
	return z.settle(w, r, k, secret)
}

// about are words that a password must not be made of.
func (z *Wizard) about(d draft.Draft) []string {
	i := d.Identity
	words := []string{
		i.FamilyName, i.GivenName, i.LatinFamilyName, i.LatinGivenName, i.FiscalCode, i.Town, i.Email, d.Residence.Phone,
		d.Residence.ChosenName, i.Day + i.Month + i.Year, i.Year,
	}
	out := words[:0]
	for _, word := range words {
		if word != "" {
			out = append(out, word)
		}
	}
	return out
}
