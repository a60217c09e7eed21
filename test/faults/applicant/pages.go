package applicant

import (
	"atrio/base/notify"
	"atrio/idp/enrolment/way"
	"atrio/test/faults/rig"
	"atrio/web/webtest"
)

// next is what the page asks for.
func (a *Applicant) next() (string, rig.Request) {
	a.t.Helper()
	p := a.page
	if p == nil {
		return "start", rig.Get(a.Demo.IdP() + way.Start)
	}
	path := a.path()
	switch {
	case p.Find("input[name=username]") != nil && p.Find("input[name=password]") != nil && path != "/enrol/confirm":
		return "login", rig.Send(p.FormWith("password"), p, "username", a.Email, "password", Password)
	case p.Status >= 400 && p.Find("main form[method=post]") == nil: // an error page
		return a.beginAnew()
	}
	for _, places := range []places{a.Way.pages, account, forms} {
		if does, known := places[path]; known {
			return does(a)
		}
	}
	return a.beginAnew()
}

// account are the pages until the telephone is confirmed.
var account = places{
	way.Start: func(a *Applicant) (string, rig.Request) {
		return "area", rig.Send(a.page.FormWith("area"), a.page, "area", "private")
	},
	"/enrol/needs": func(a *Applicant) (string, rig.Request) {
		return "needs", rig.Send(a.page.FormWith("phone"), a.page, "mailbox", "yes", "phone", "yes", "document", "yes")
	},
	"/enrol/method": func(a *Applicant) (string, rig.Request) {
		pairs := []string{"method", string(a.Way.Method)}
		if a.Way.Circuit != "" {
			pairs = append(pairs, "circuit", a.Way.Circuit)
		}
		return "method", rig.Send(a.page.FormWith("method"), a.page, pairs...)
	},
	"/enrol/account": func(a *Applicant) (string, rig.Request) {
		return "account", rig.Send(a.page.FormWith("email_again"), a.page,
			"email", a.Email, "email_again", a.Email, "password", Password, "password_again", Password, "privacy", "on")
	},
	"/enrol/account/created": func(a *Applicant) (string, rig.Request) {
		if link := a.arrived(notify.Mail, a.Email, confirmLink); link != "" {
			return "link", rig.Get(link)
		}
		return "mail again", rig.Send(a.page.FormWith("challenge"), a.page)
	},
	"/enrol/confirm": func(a *Applicant) (string, rig.Request) {
		if linked(a.page, way.Login) != "" { // it was confirmed, and the answer that would have said so is lost
			a.Known.Mail = true
			return "login page", rig.Get(a.Demo.IdP() + way.Login)
		}
		f := a.page.FormWith("token")
		if a.page.Find("input[name=password]") != nil {
			f.Fill("password", Password)
		}
		return "confirm", rig.Send(f, a.page)
	},
	"/enrol/confirmed": func(a *Applicant) (string, rig.Request) {
		return "login page", rig.Get(a.Demo.IdP() + way.Login)
	},
	way.Security: func(a *Applicant) (string, rig.Request) {
		if a.page.Find("form[action="+way.Phone+"]") != nil { // sent once more: the code is on its way already
			name, r := a.code(way.Phone, "/enrol/phone/again")
			return "telephone " + name, r
		}
		a.Known.Codes++
		return "security", rig.Send(a.page.FormWith("question"), a.page, "question", "toy", "answer", "Una risposta di prova", "phone", a.Phone)
	},
	way.Phone: func(a *Applicant) (string, rig.Request) {
		name, r := a.code(way.Phone, "/enrol/phone/again")
		return "telephone " + name, r
	},
	"/enrol/phone/again": func(a *Applicant) (string, rig.Request) { // not yet, it says
		name, r := a.code(way.Phone, "/enrol/phone/again")
		return "telephone " + name, r
	},
	"/enrol/phone/confirmed": func(a *Applicant) (string, rig.Request) {
		return "onward", rig.Get(linked(a.page, way.Person))
	},
}

// forms are the pages from the data to the signature with a code.
var forms = places{
	way.Person: func(a *Applicant) (string, rig.Request) {
		return "person", rig.Send(a.page.FormWith("family_name"), a.page, a.data()...)
	},
	way.Documents: func(a *Applicant) (string, rig.Request) {
		a.Known.Pictures = nil // they are given once more
		return "documents", rig.Send(a.page.FormWith("number"), a.page, a.papers()...).With(pictures())
	},
	way.Contract: func(a *Applicant) (string, rig.Request) {
		return "contract", rig.Send(a.page.FormWith("agreed"), a.page, "agreed", "on", "specific", "on")
	},
	way.Sign: func(a *Applicant) (string, rig.Request) {
		name, r := a.code(way.Sign, "/enrol/sign/again")
		return "contract " + name, r
	},
	"/enrol/sign/again": func(a *Applicant) (string, rig.Request) {
		name, r := a.code(way.Sign, "/enrol/sign/again")
		return "contract " + name, r
	},
	way.Request: func(a *Applicant) (string, rig.Request) {
		for _, n := range a.page.FindAll("main a.btn-primary") {
			if to, err := a.page.URL.Parse(webtest.Attr(n, "href")); err == nil {
				return "on", rig.Get(to.String())
			}
		}
		return "request", rig.Get(a.Demo.IdP() + way.Request)
	},
}
