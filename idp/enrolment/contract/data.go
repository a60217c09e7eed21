package contract

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// needed are the labels without which data would stand unnamed.
var needed = []string{
	"request.number", "request.prepared", "request.provider", "request.method", "request.circuit",
	"person.family_name", "person.given_name", "person.sex", "person.birth_date", "person.birth_place", "person.birth_province",
	"person.birth_country", "person.citizenship", "person.fiscal_code", "contacts.email", "contacts.phone", "contacts.certified_mail",
	"address.street", "address.postal_code", "address.municipality", "address.province", "address.country",
	"document.kind", "document.number", "document.issuer", "document.issued", "document.expires", "health_card.number", "health_card.expires",
	"provider.name", "provider.organisation", "provider.address", "provider.fiscal_code", "provider.web", "provider.mail",
	"provider.certified_mail", "provider.phone", "consents.given", "consents.refused", "consents.none",
	"signature.place", "signature.applicant", "signature.specific", "signature.operator", "years.one", "years.other",
	"page.of", "page.number", "page.version", "page.qr", "page.substitute",
}

// values says a form in the words of an edition.
func (e *edition) values(f Form) values {
	return values{
		words: map[string]string{
			"number": f.Number, "provider": f.Provider.Name, "organisation": f.Provider.Organisation, "address": f.Provider.Address,
			"price": e.money(f.Terms.Price), "point_fee": e.money(f.Terms.PointFee), "years": e.years(f.Terms.Years),
			"notice": f.Provider.Notice, "notice_version": f.NoticeVersion,
		},
		flags: map[string]bool{
			"price": f.Terms.Price > 0, "years": f.Terms.Years > 0, "notice": f.Provider.Notice != "", "domicile": f.Domicile != Address{},
			"point_fee": f.Terms.PointFee > 0 && f.Method == "point",
		},
		groups: map[string][]item{
			"request": e.named("request.number", f.Number, "request.prepared", e.dateTime(f.Prepared), "request.provider", f.Provider.Organisation,
				"request.method", e.known("method", f.Method), "request.circuit", f.Circuit),
			"person": e.person(f.Person),
			"contacts": e.named("contacts.email", f.Contacts.Email, "contacts.phone", f.Contacts.Phone,
				"contacts.certified_mail", f.Contacts.CertifiedMail),
			"residence": e.address(f.Residence),
			"domicile":  e.address(f.Domicile),
			"document": e.named("document.kind", e.known("kind", f.Document.Kind), "document.number", f.Document.Number,
				"document.issuer", f.Document.Issuer, "document.issued", e.date(f.Document.IssuedOn), "document.expires", e.date(f.Document.ExpiresOn),
				"health_card.number", f.HealthCard.Number, "health_card.expires", e.date(f.HealthCard.ExpiresOn)),
			"provider": e.named("provider.name", f.Provider.Name, "provider.organisation", f.Provider.Organisation,
				"provider.address", f.Provider.Address, "provider.fiscal_code", f.Provider.FiscalCode, "provider.web", f.Provider.Web,
				"provider.mail", f.Provider.Mail, "provider.certified_mail", f.Provider.CertifiedMail, "provider.phone", f.Provider.Phone),
			"consents": e.consents(f.Consents),
			"signatures": {
				{term: e.label("signature.place")}, {term: e.label("signature.applicant")}, {term: e.label("signature.specific")}, // Codice civile art. 1341
				{term: e.label("signature.operator")},
			},
		},
	}
}

func (e *edition) person(p Person) []item {
	return e.named("person.family_name", p.FamilyName, "person.given_name", p.GivenName, "person.sex", e.known("sex", p.Sex),
		"person.birth_date", e.date(p.BirthDate), "person.birth_place", p.BirthPlace, "person.birth_province", p.BirthProvince,
		"person.birth_country", p.BirthCountry, "person.citizenship", p.Citizenship, "person.fiscal_code", p.FiscalCode)
}

func (e *edition) address(a Address) []item {
	return e.named("address.street", a.Street, "address.postal_code", a.PostalCode, "address.municipality", a.Municipality,
		"address.province", a.Province, "address.country", a.Country)
}

func (e *edition) consents(list []Consent) (out []item) {
	for _, c := range list {
		key := "consents.refused"
		if c.Given {
			key = "consents.given"
		}
		out = append(out, item{term: e.known("consent", c.Key), value: e.label(key, "at", e.dateTime(c.At))})
	}
	return out
}

// named makes data of pairs of a label and a value; what is empty is left out.
func (e *edition) named(pairs ...string) (out []item) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, item{term: e.label(pairs[i]), value: pairs[i+1]})
		}
	}
	return out
}

// months in Italian; other languages have the English names.
var months = strings.Fields("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre")

// date writes a day: it was read as a day, in no time zone.
func (e *edition) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	month := t.Month().String()
	if e.lang == "it" {
		month = months[t.Month()-1]
	}
	return fmt.Sprintf("%d %s %d", t.Day(), month, t.Year())
}

// dateTime writes an instant as clocks in Italy show it.
func (e *edition) dateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(rome)
	return e.date(t) + ", " + t.Format("15:04 MST")
}

// money writes cents as people in the language do: 9,90 euro.
func (e *edition) money(cents int) string {
	point := ","
	if e.lang != "it" {
		point = "."
	}
	return fmt.Sprintf("%d%s%02d euro", cents/100, point, cents%100)
}

func (e *edition) years(n int) string {
	if n == 1 {
		return e.label("years.one")
	}
	return e.label("years.other", "n", strconv.Itoa(n))
}
