package screening_test

import (
	"testing"
	"time"

	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/people/civil"
	"atrio/people/person"
	"atrio/web/webtest"
)

// differs is a directory for which these facts do not fit.
type differs []string

func (d differs) Compare(person.FiscalCode, civil.Facts) []string { return d }

var now = time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)

func request() enrolment.Request {
	return enrolment.Request{Method: enrolment.Point, Data: enrolment.Data{
		Contract: &enrolment.Contract{SHA256: "hash"}, Signed: &enrolment.Signing{Contract: "hash"},
		Person:     enrolment.Person{FiscalCode: "PRVRME80A01H501F", BirthDate: time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)},
		Document:   identity.Document{ExpiresOn: time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)},
		HealthCard: enrolment.HealthCard{Number: "80380000300123456785", ExpiresOn: time.Date(2027, time.March, 10, 0, 0, 0, 0, time.UTC)},
	}}
}

// of gives the outcome of one check.
func of(list []screening.Check, id string) screening.Outcome {
	for _, c := range list {
		if c.ID == id {
			return c.Outcome
		}
	}
	return ""
}

func TestEachCheckSeesItsOwnMatter(t *testing.T) {
	card := request().Data.HealthCard.Number
	if !enrolment.IsHealthCardNumber(card) {
		t.Fatal("the number of the example does not fit its check digit")
	}
	for name, c := range map[string]struct {
		check  string
		want   screening.Outcome
		change func(*enrolment.Data)
		known  screening.Known
		facts  differs
	}{
		"all well":                              {screening.FiscalCode, screening.Fine, nil, screening.Known{}, nil},
		"a document's last day":                 {screening.Document, screening.Fine, nil, screening.Known{}, nil},
		"another name":                          {screening.FiscalCode, screening.Doubt, nil, screening.Known{}, differs{"given_name"}},
		"no code":                               {screening.FiscalCode, screening.Bar, func(d *enrolment.Data) { d.Person.FiscalCode = "PRVRME80A01H501A" }, screening.Known{}, nil},
		"the day before 18":                     {screening.Adult, screening.Bar, func(d *enrolment.Data) { d.Person.BirthDate = time.Date(2008, time.March, 11, 0, 0, 0, 0, time.UTC) }, screening.Known{}, nil},
		"the day of 18":                         {screening.Adult, screening.Fine, func(d *enrolment.Data) { d.Person.BirthDate = time.Date(2008, time.March, 10, 0, 0, 0, 0, time.UTC) }, screening.Known{}, nil},
		"a child's code, typed as a grown-up's": {screening.Adult, screening.Bar, func(d *enrolment.Data) { d.Person.FiscalCode = "PRVRME10A01H501M" }, screening.Known{}, nil},
		"a hundred years, as the code says": {screening.Adult, screening.Fine, func(d *enrolment.Data) {
			d.Person.FiscalCode, d.Person.BirthDate = "PRVRME10A01H501M", time.Date(1910, time.January, 1, 0, 0, 0, 0, time.UTC)
		}, screening.Known{}, nil},
		"no day of birth":           {screening.Adult, screening.Bar, func(d *enrolment.Data) { d.Person.BirthDate = time.Time{} }, screening.Known{}, nil},
		"an old document":           {screening.Document, screening.Bar, func(d *enrolment.Data) { d.Document.ExpiresOn = now.AddDate(0, 0, -1) }, screening.Known{}, nil},
		"a card with a wrong digit": {screening.HealthCard, screening.Bar, func(d *enrolment.Data) { d.HealthCard.Number = card[:19] + "6" }, screening.Known{}, nil},
		"an old card":               {screening.HealthCard, screening.Bar, func(d *enrolment.Data) { d.HealthCard.ExpiresOn = now.AddDate(0, 0, -2) }, screening.Known{}, nil},
		"the card of the code":      {screening.HealthCard, screening.Fine, func(d *enrolment.Data) { d.HealthCard = enrolment.HealthCard{} }, screening.Known{}, nil},
		"two others on a phone":     {screening.Phone, screening.Fine, nil, screening.Known{Phones: 2}, nil},
		"three others on a phone":   {screening.Phone, screening.Doubt, nil, screening.Known{Phones: 3}, nil},
		"three others on a mailbox": {screening.Mailbox, screening.Doubt, nil, screening.Known{Mailboxes: 3}, nil},
		"another on the document":   {screening.SameDocument, screening.Doubt, nil, screening.Known{Documents: 1}, nil},
		"no contract":               {screening.Contract, screening.Bar, func(d *enrolment.Data) { d.Contract = nil }, screening.Known{}, nil},
		"another contract":          {screening.Contract, screening.Bar, func(d *enrolment.Data) { d.Signed.Contract = "other" }, screening.Known{}, nil},
		"an identity":               {screening.OtherOne, screening.Bar, nil, screening.Known{Identity: true}, nil},
	} {
		r := request()
		if c.change != nil {
			c.change(&r.Data)
		}
		list := screening.Checks(r, c.known, c.facts, now)
		if got := of(list, c.check); got != c.want {
			t.Errorf("%s: %s is %q, want %q", name, c.check, got, c.want)
		}
		odd := 0
		for _, one := range list {
			if one.Outcome != screening.Fine {
				odd++
			}
		}
		if want := map[bool]int{true: 0, false: 1}[c.want == screening.Fine]; odd != want {
			t.Errorf("%s: %d checks are not fine, want %d", name, odd, want)
		}
	}
}

func TestMailboxesThatOnePersonMakesForOthersAreAlike(t *testing.T) {
	for _, alike := range []string{"mario.rossi@example.org", "Mario.Rossi1@Example.org", "mariorossi+spid@example.org", "mario.rossi_22@example.org"} {
		if got := screening.MailboxPattern(alike); got != "mariorossi@example.org" {
			t.Errorf("%s is %q", alike, got)
		}
	}
	for _, nothing := range []string{"", "12345@example.org", "+x@example.org", "nothing"} {
		if got := screening.MailboxPattern(nothing); got != "" {
			t.Errorf("%s is %q", nothing, got)
		}
	}
}

func TestTheWordsAreThereInBothLanguages(t *testing.T) {
	webtest.Pages(t, screening.Pages(), nil)
}
