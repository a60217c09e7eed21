package wizard

import (
	"atrio/people/civil"
	"net/http"
	"strings"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/registration/draft"
	"atrio/people/person"
	"atrio/web"
)

// settle makes the account out of a draft that the person has reviewed. The hash is made
// before the transaction: it takes its time.
func (z *Wizard) settle(w http.ResponseWriter, r *http.Request, k kept, secret string) error {
	phc, err := z.Passwords.Hash(r.Context(), secret)
	if err != nil {
		return err
	}
	now, d := z.Now(), k.Draft
	family, given := d.Identity.LegalName()
	a, err := z.Drafts.Settle(r.Context(), account.Settled{
		Draft: k.row.ID, Version: k.row.Version, Digits: z.Digits, GivenName: given, FamilyName: family,
		Email: d.Confirmed, Language: d.Residence.Language, Attributes: z.declared(d), Unit: z.UnitOf(r, d.Flow),
		Acknowledged: acknowledged(d), Tasks: z.tasks(d), Password: phc, Welcome: z.welcome(d),
		Event: z.event(r, map[string]string{"door": string(person.DoorLocal), "source": string(account.Declared)}), Now: now,
	})
	if fault.Is(err, fault.Conflict) {
		// Finished a moment ago, by a second press or in another tab.
		z.forget(w)
		return ErrGone.Because(err)
	}
	if err != nil {
		return err
	}
	if err := z.hand(w, handed{Code: string(a.Code), Name: called(d), Flow: d.Flow}); err != nil {
		return err
	}
	z.forget(w)
	return web.Redirect(w, r, donePath)
}

// declared lists what the person said. A declared codice fiscale is an attribute like
// any other: it reserves nothing and proves nothing. // G3.8
func (z *Wizard) declared(d draft.Draft) []account.Attribute {
	i, res, now := d.Identity, d.Residence, z.Now()
	family, given := i.LegalName()
	birth, _ := i.Birth()
	place, county, country := i.State, "", i.State
	if i.State == civil.Italy {
		place, county = i.TownCode, i.Province
		if place == "" {
			place, county = i.TownUnlisted, ""
		}
	}
	said := [][2]string{
		{person.FamilyName, family}, {person.GivenName, given}, {person.NativeFamilyName, native(i.FamilyName, family)},
		{person.NativeGivenName, native(i.GivenName, given)}, {person.Gender, i.Sex}, {person.BirthDate, birth.Format("2006-01-02")},
		{person.BirthPlace, place}, {person.BirthCounty, county}, {person.BirthCountry, country},
		{person.Citizenship, strings.TrimSpace(i.Citizenship + " " + i.Other)}, {person.FiscalNumber, i.FiscalCode},
		{person.Phone, res.Phone}, {person.ResidenceCountry, res.State}, {person.ResidenceCounty, res.Province},
		{person.ResidenceTown, res.Town}, {person.ResidencePostal, res.Postal}, {person.ResidenceStreet, res.Street},
		{person.ChosenName, res.ChosenName},
	}
	var out []account.Attribute
	for _, s := range said {
		if s[1] != "" {
			out = append(out, account.Attribute{Name: s[0], Value: s[1], Source: account.Declared, At: now})
		}
	}
	return append(out, account.Attribute{Name: person.Email, Value: d.Confirmed, Source: account.Confirmed, At: now})
}

// native is a name in its own letters, where these are others than those of registers.
func native(typed, latin string) string {
	if typed == latin {
		return ""
	}
	return typed
}

func acknowledged(d draft.Draft) []account.Acknowledged {
	list := []account.Acknowledged{
		{Document: account.DocumentPrivacy, Version: d.Consents.Notice, Language: d.Language},
		{Document: account.DocumentTruthful, Version: d.Consents.Notice, Language: d.Language},
	}
	if d.Consents.News {
		list = append(list, account.Acknowledged{Document: account.DocumentNews, Version: d.Consents.Notice, Language: d.Language})
	}
	return list
}

// tasks are what is left to do. // G3.3
func (z *Wizard) tasks(d draft.Draft) []account.Task {
	due := z.Now().AddDate(0, 0, z.FiscalCodeDays)
	var list []account.Task
	if d.Owes() {
		list = append(list, account.Task{Kind: account.TaskFiscalCode, Due: due})
	}
	if len(d.Identity.Doubts) > 0 {
		list = append(list, account.Task{Kind: account.TaskCheck, Detail: strings.Join(d.Identity.Doubts, " "), Due: due})
	}
	return list
}

// called is how the person wants to be called. // G3.9
func called(d draft.Draft) string {
	if d.Residence.ChosenName != "" {
		return d.Residence.ChosenName
	}
	return d.Identity.Name()
}

// welcome writes the mail with the Codice Persona. // G3.5
func (z *Wizard) welcome(d draft.Draft) func(account.Account) notify.Message {
	return func(a account.Account) notify.Message {
		texts, lang := z.Site.Pages.Catalog(), d.Residence.Language
		text := texts.Text(lang, "wizard.mail.welcome.text", "name", called(d), "code", string(a.Code), "login", z.Site.BaseURL+"/login")
		if d.Owes() {
			text += "\n" + texts.Text(lang, "wizard.mail.welcome.fiscal", "date", texts.Date(lang, z.Now().AddDate(0, 0, z.FiscalCodeDays)))
		}
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: lang, Text: text,
			Subject: texts.Text(lang, "wizard.mail.welcome.subject"),
		}
	}
}
