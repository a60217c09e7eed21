package wizard

import (
	"atrio/people/civil"
	"errors"
	"net/http"

	"atrio/gateway/registration/draft"
	"atrio/web"
	"atrio/web/ui"
)

// residenceView is the view of "wizard/residence".
type residenceView struct {
	ui.Errors
	R                    draft.Residence
	Countries, Provinces []civil.Option
	// Towns are to be chosen from, when what was typed is not one of them.
	Towns []civil.Option
	// Email is the confirmed address.
	Email string
	Italy string
}

// residence shows the second step.
func (z *Wizard) residence(w http.ResponseWriter, r *http.Request) error {
	k, there, err := z.at(w, r, draft.StepResidence)
	if err != nil || !there {
		return err
	}
	if k.Residence.Language == "" {
		k.Residence.Language = web.Lang(r)
	}
	return z.showResidence(w, r, http.StatusOK, k, nil)
}

func (z *Wizard) showResidence(w http.ResponseWriter, r *http.Request, status int, k kept, errs ui.Errors) error {
	v := residenceView{
		Errors: errs, R: k.Residence, Countries: z.Places.Countries(web.Lang(r)), Provinces: z.Places.Provinces(), Email: k.Confirmed, Italy: civil.Italy,
	}
	if errs.Err("town") != nil && k.Residence.State == civil.Italy {
		v.Towns = civil.Options(civil.Choices(z.Places, k.Residence.Town, k.Residence.Province, z.Now()))
	}
	return z.Site.Page(w, r, status, "wizard/residence", v, web.Plain)
}

// saveResidence takes the second step.
func (z *Wizard) saveResidence(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	k, there, err := z.at(w, r, draft.StepResidence)
	if err != nil || !there {
		return err
	}
	short := func(name string) string { return f.Text(name, web.Max(20)) }
	k.Residence = draft.Residence{
		State: short("state"), Province: short("province"), Town: f.Text("town", web.Max(civil.MaxName)), TownCode: short("town_code"),
		Postal: short("postal"), Street: f.Text("street"), Phone: f.Text("phone", web.Max(30)),
		ChosenName: f.Text("chosen_name", web.Max(civil.MaxName)), Language: short("language"),
	}
	k.Residence.Town, k.Residence.Province, k.Residence.TownCode = civil.Picked(k.Residence.Town, k.Residence.Province, k.Residence.TownCode)
	errs := k.Residence.Check(z.Places, z.Now(), ui.Langs(), f.Errors)
	k.Mark(draft.StepResidence, len(errs) == 0)
	if err := z.save(w, r, &k); err != nil && (len(errs) == 0 || !errors.Is(err, errTooLarge)) {
		return err
	}
	if len(errs) > 0 {
		return z.showResidence(w, r, http.StatusUnprocessableEntity, k, errs)
	}
	return z.onward(w, r, k)
}
