// Package activation makes the digital identity that an approved request asks for, and
// says who is told of it: the person, and whoever was reached under the same codice
// fiscale before, who may be the only one to know that the person did not ask. // REG 14, A29
//
// It stores nothing: an approval is one commit, of enrolment.Store.
package activation

import (
	"context"
	"embed"
	"errors"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/people/person"
	"atrio/people/places"
	"atrio/web/locale"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of this package; it has no page.
func Pages() ui.Pages { return ui.Pages{Name: "activation", FS: files} }

// Codes tells whether a spidCode is taken.
type Codes interface {
	Exists(ctx context.Context, userID string, code identity.SPIDCode) (bool, error)
}

// Contacts finds how people were reached before.
type Contacts interface {
	// OlderContacts are addresses and numbers of the same codice fiscale in identities and
	// other requests, those of the request itself left out.
	OlderContacts(ctx context.Context, r enrolment.Request) ([]Contact, error)
}

// Contact is a way to reach somebody; either may be "".
type Contact struct{ Email, Phone, Language string }

// DefaultMonths is how long an identity lasts.
const DefaultMonths = 24

// Activation makes identities.
type Activation struct {
	Codes    Codes
	Contacts Contacts
	Texts    *locale.Catalog
	// Provider is the four-letter code in front of every spidCode.
	Provider string
	// Months is how long an identity lasts; 0: DefaultMonths.
	Months int
	// Site is scheme and host, Service what people call the provider, by language.
	Site    string
	Service func(lang string) string
	// Link makes a link by which an older contact stops the identity, and the MAC of its
	// secret; nil: there is none. // A29, A04
	Link func() (url string, mac []byte)
	// Identities and Life change an identity that is given back. // I12
	Identities Identities
	Life       *life.Registrar
}

// stops is how long such a link works.
const stops = 30 * 24 * time.Hour

// draws is how often a spidCode is drawn before something else must be wrong.
const draws = 8

var errNoCode = fault.New(fault.Internal, "error.internal").For("no_spid_code").Because(errors.New("activation: every spidCode drawn is taken"))

// Identity is what the request asks for, active from now on. The password is the
// applicant's, the telephone was confirmed: the identity reaches level 2.
func (a *Activation) Identity(ctx context.Context, r enrolment.Request, now time.Time) (*identity.Identity, error) {
	code, err := a.code(ctx)
	if err != nil {
		return nil, err
	}
	months := a.Months
	if months == 0 {
		months = DefaultMonths
	}
	p := r.Data.Person
	return &identity.Identity{
		ID: r.Holder, SPIDCode: code, UserID: identity.Login(r.Data.Email), State: identity.Active, StateAt: now, CreatedAt: now, ExpiresAt: now.AddDate(0, months, 0),
		Holder: identity.Holder{
			GivenName: p.GivenName, FamilyName: p.FamilyName, Gender: p.Gender, BirthDate: p.BirthDate, BirthPlace: p.BirthPlace, BirthCounty: p.BirthCounty,
			FiscalCode: person.FiscalCode(p.FiscalCode), Email: r.Data.Email, MobilePhone: r.Data.Phone, Document: r.Data.Document, Domicile: domicile(p),
			DigitalAddress: p.DigitalAddress,
		},
		Language: r.Data.Language,
		Factors:  identity.Factors{Password: true, SMS: r.Data.Phone != "" && !r.Data.PhoneAt.IsZero()},
	}, nil
}

// domicile names the state in words, as the attribute has it.
func domicile(p enrolment.Person) identity.Domicile {
	d := p.Home()
	if s, ok := places.StateByISO(d.Nation); ok {
		d.Nation = s.In("it")
	}
	return d
}

// code draws a spidCode that nobody has. Between here and the commit somebody may get it:
// the unique index refuses then, and the operator decides again.
func (a *Activation) code(ctx context.Context) (identity.SPIDCode, error) {
	for range draws {
		code, err := identity.NewSPIDCode(a.Provider, nil)
		if err != nil {
			return "", err
		}
		taken, err := a.Codes.Exists(ctx, "", code)
		if err != nil || !taken {
			return code, err
		}
	}
	return "", errNoCode
}

// Notices are the messages of an activation: to the person by mail and telephone, and to
// every older contact. // REG 14, A29
func (a *Activation) Notices(ctx context.Context, r enrolment.Request, i *identity.Identity) ([]notify.Message, *enrolment.StopLink, error) {
	others, stop, err := a.older(ctx, r, i.CreatedAt.Add(stops), "older")
	if err != nil {
		return nil, nil, err
	}
	lang := r.Data.Language
	list := []notify.Message{
		a.mail(r.Data.Email, lang, "own", "name", r.Data.Person.GivenName, "user", i.UserID, "account", a.Site+"/account", "suspend", a.Site+"/account/suspend"),
	}
	if r.Data.Phone != "" {
		list = append(list, a.sms(r.Data.Phone, lang, "own"))
	}
	return append(list, others...), stop, nil
}

// older tells everybody who was reached under the same codice fiscale before, with a link
// that stops the identity. // A29
func (a *Activation) older(ctx context.Context, r enrolment.Request, until time.Time, what string) (list []notify.Message, stop *enrolment.StopLink, err error) {
	older, err := a.Contacts.OlderContacts(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	link := a.Site + "/account/suspend"
	if a.Link != nil && len(older) > 0 {
		url, mac := a.Link()
		link, stop = url, &enrolment.StopLink{MAC: mac, Until: until}
	}
	for _, c := range older {
		if c.Email != "" {
			list = append(list, a.mail(c.Email, c.Language, what, "site", a.Site, "link", link))
		}
		if c.Phone != "" {
			list = append(list, a.sms(c.Phone, c.Language, what, "link", link))
		}
	}
	return list, stop, nil
}

// Warnings tell who has an identity that somebody asked for another one with their codice
// fiscale, which was refused. // L09, A29
func (a *Activation) Warnings(ctx context.Context, r enrolment.Request) (list []notify.Message, err error) {
	older, err := a.Contacts.OlderContacts(ctx, r)
	for _, c := range older {
		if c.Email != "" {
			list = append(list, a.mail(c.Email, c.Language, "second", "site", a.Site))
		}
		if c.Phone != "" {
			list = append(list, a.sms(c.Phone, c.Language, "second"))
		}
	}
	return list, err
}

func (a *Activation) mail(to, lang, what string, args ...any) notify.Message {
	args = append(args, "service", a.Service(lang))
	return notify.Message{
		Channel: notify.Mail, To: to, Lang: lang,
		Subject: a.Texts.Text(lang, "activation.mail."+what+".subject", "service", a.Service(lang)), Text: a.Texts.Text(lang, "activation.mail."+what+".text", args...),
	}
}

func (a *Activation) sms(to, lang, what string, args ...any) notify.Message {
	return notify.Message{Channel: notify.SMS, To: to, Lang: lang, Text: a.Texts.Text(lang, "activation.sms."+what, append(args, "service", a.Service(lang))...)}
}
