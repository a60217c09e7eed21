package wizard

import (
	"atrio/people/civil"
	"errors"
	"net/http"
	"strings"

	"atrio/authn/proofofwork"
	"atrio/gateway/registration"
	"atrio/gateway/registration/draft"
	"atrio/web"
	"atrio/web/ui"
)

// identityView is the view of "wizard/identity".
type identityView struct {
	ui.Errors
	I draft.Identity
	// Latin tells which names are asked in our letters too.
	LatinFamily, LatinGiven bool
	States, Citizenships    []civil.Option
	Provinces               []civil.Option
	// Towns are to be chosen from, when what was typed is not one of them.
	Towns []civil.Option
	// Doubts tells that a fact does not fit the codice fiscale and may be left to a check.
	Doubts bool
	// Confirmed tells that the address is proved: a new one has to be proved too.
	Confirmed bool
	Work      proofofwork.Challenge
	Italy     string
	MaxName   int
}

// identity shows the first step. // G3.2
func (z *Wizard) identity(w http.ResponseWriter, r *http.Request) error {
	k, there, err := z.at(w, r, draft.StepIdentity)
	if err != nil || !there {
		return err
	}
	return z.showIdentity(w, r, http.StatusOK, k, nil)
}

func (z *Wizard) showIdentity(w http.ResponseWriter, r *http.Request, status int, k kept, errs ui.Errors) error {
	lang := web.Lang(r)
	v := identityView{
		Errors: errs, I: k.Identity, Italy: civil.Italy, MaxName: civil.MaxName,
		LatinFamily: !civil.Latin(k.Identity.FamilyName), LatinGiven: !civil.Latin(k.Identity.GivenName),
		States: z.Places.BirthStates(lang), Citizenships: z.Places.Citizenships(lang), Provinces: z.Places.Provinces(),
		Towns: z.townsFor(k.Identity, errs), Confirmed: k.Confirmed != "" && k.Confirmed == k.Identity.Email,
	}
	for _, e := range errs {
		v.Doubts = v.Doubts || strings.HasPrefix(e.Key, draft.DiffersKey)
	}
	var err error
	if v.Work, err = z.Work.New(); err != nil {
		return err
	}
	return z.Site.Page(w, r, status, "wizard/identity", v, web.Plain)
}

// townsFor lists the municipalities to choose from after a name that is not one of
// them: those of that name, else all of the province on that day.
func (z *Wizard) townsFor(i draft.Identity, errs ui.Errors) []civil.Option {
	birth, ok := i.Birth()
	if !ok || i.State != civil.Italy || errs.Err("birth_town") == nil {
		return nil
	}
	return civil.Options(civil.Choices(z.Places, i.Town, i.Province, birth))
}

// readIdentity reads the form of the first step.
func readIdentity(f *web.Form) draft.Identity {
	text := func(name string) string { return f.Text(name, web.Max(civil.MaxName)) }
	short := func(name string) string { return f.Text(name, web.Max(10)) }
	i := draft.Identity{
		FamilyName: text("family_name"), NoFamilyName: f.Bool("no_family_name"),
		GivenName: text("given_name"), NoGivenName: f.Bool("no_given_name"),
		LatinFamilyName: text("latin_family_name"), LatinGivenName: text("latin_given_name"),
		Sex: short("sex"), Day: short("birth_day"), Month: short("birth_month"), Year: short("birth_year"),
		State: short("birth_state"), Province: short("birth_province"), Town: text("birth_town"), TownCode: short("birth_town_code"),
		TownUnlisted: text("birth_town_unlisted"), Citizenship: short("citizenship"), Other: short("other_citizenship"),
		HasFiscalCode: short("has_fiscal_code"), FiscalCode: f.Text("fiscal_code", web.Max(30)), Email: f.Email("email", web.Required),
	}
	i.Town, i.Province, i.TownCode = civil.Picked(i.Town, i.Province, i.TownCode)
	return i
}

// saveIdentity takes the first step. A sound one sends the code to the address, unless
// that one is confirmed already.
func (z *Wizard) saveIdentity(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	k, there, err := z.at(w, r, draft.StepIdentity)
	if err != nil || !there {
		return err
	}
	doubts := k.Identity.Doubts
	k.Identity = readIdentity(f)
	k.Identity.Doubts = doubts
	errs := k.Identity.Check(draft.Checks{
		Places: z.Places, Now: z.Now(), Compare: z.Compare,
		OwnAddress: func(email string) bool { return registration.OwnAddress(z.OwnDomains, email) },
	}, f.Value("accept") != "", f.Errors)
	k.Mark(draft.StepIdentity, len(errs) == 0)
	k.Language = web.Lang(r)
	if len(errs) == 0 && k.Next() == draft.StepCode {
		return z.sendFirst(w, r, k, f)
	}
	// What was typed stays, also where it is wrong, as long as it fits.
	if err := z.save(w, r, &k); err != nil && (len(errs) == 0 || !errors.Is(err, errTooLarge)) {
		return err
	}
	if len(errs) > 0 {
		return z.showIdentity(w, r, http.StatusUnprocessableEntity, k, errs)
	}
	return z.onward(w, r, k)
}

// sendFirst sends the code at the end of the step; pressing "Avanti" again sends no
// second one while the first is good.
func (z *Wizard) sendFirst(w http.ResponseWriter, r *http.Request, k kept, f *web.Form) error {
	if err := z.save(w, r, &k); err != nil { // before a limit may refuse: nothing typed is lost
		return err
	}
	if k.Sent != k.Identity.Email || !z.Now().Before(k.SentAt.Add(codeLife)) {
		if err := z.send(r, &k, f); err != nil {
			return again(err)
		}
	}
	if err := z.save(w, r, &k); err != nil {
		return err
	}
	return web.Redirect(w, r, codePath)
}
