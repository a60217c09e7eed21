package applicant

import (
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/rao/sealed"
	"atrio/test/faults/rig"
)

// ByRAO brings a token of the municipality, and both halves of its code.
func ByRAO() Way {
	return Way{Method: enrolment.RAO, Steps: append(byCode(), "token", "halves"), pages: places{
		way.RAO: func(a *Applicant) (string, rig.Request) {
			if a.page.Find("input[name=first]") != nil {
				return a.open()
			}
			if a.token == "" {
				a.seal()
			}
			return "token", rig.Send(a.page.FormWith("token"), a.page, "token", a.token).With(map[string][]byte{})
		},
		"/enrol/rao/code": (*Applicant).open,
	}}
}

// open types the halves.
func (a *Applicant) open() (string, rig.Request) {
	a.t.Helper()
	return "halves", rig.Send(a.page.FormWith("first"), a.page, "first", a.halves.First, "second", a.halves.Second)
}

// seal has the municipality seal what it saw of the applicant.
func (a *Applicant) seal() {
	a.t.Helper()
	claims := raotest.Claims(a.FiscalCode, time.Now().Add(-time.Hour))
	data := raotest.Data(claims)
	m := &data.Attributes.Mandatory
	m.Name, m.FamilyName, m.Email, m.Phone.Number, m.Card.Number = a.Given, a.Family, a.Email, a.Phone[3:], a.Document
	a.halves = sealed.NewHalves()
	var err error
	if a.token, err = a.Outside.seal.Token(claims, data, a.halves); err != nil {
		a.t.Fatal(err)
	}
}
