package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/registers"
	"atrio/web/webtest"
)

// hires lets the staff office say that Noor, an Italian citizen, works here.
func (s *stage) hires() registers.Import {
	s.t.Helper()
	return s.registered("person,citizenships,kind,unit\n" + string(noor) + ",IT,employee,Segreteria\n")
}

// registered imports the file of an office.
func (s *stage) registered(file string) registers.Import {
	s.t.Helper()
	now := s.clock.Now()
	i := registers.Import{ID: "import1", Now: now, Event: audit.Event{At: now, Role: "gateway"}, Tell: func(a account.Account, n registers.Notice) notify.Message {
		return notify.Message{Channel: notify.Mail, To: a.Email, Lang: "it", Subject: "cittadinanza", Text: n.Citizenships}
	}}
	people, err := registers.Read(strings.NewReader(file), time.UTC, now)
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := s.store.ImportPeople(s.t.Context(), i, people)
	if err != nil || len(out) != 1 || out[0].Left != "" {
		s.t.Fatal(out, err)
	}
	return i
}

// withBothFactors is Noor, who came in with the password and the app.
func (s *stage) withBothFactors() *webtest.Client {
	s.t.Helper()
	b := s.browser()
	s.both(b, s.typeIn(b, noor, secret))
	return b
}

// G2.5: who works here enters services for staff with credentials and a second factor, when
// the institution has decided so; as a citizen the same person uses SPID or CIE.
func TestAnEmployeeByRegisterEntersServicesForStaff(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newStayStage(t, d, func(c *gateway.Config) { c.Decisions = acts(access.StaffExemption, access.Undertaking) })
		b := s.withBothFactors()
		b.Get(s.authorize("stipendi")).Expect(http.StatusOK, "Qual è la tua cittadinanza?")
		i := s.hires()
		if !s.opens(b, "stipendi") {
			t.Error("an employee does not come in")
		}
		p := b.Get(s.authorize("tasse")).Expect(http.StatusForbidden, "In quanto cittadino italiano", "Entra con SPID", "Dichiara e prosegui")
		if p.Has("Non sono solo cittadino italiano") {
			t.Error("what a register says is corrected by a click")
		}
		b.Get(s.url+"/account").Expect(http.StatusOK, "Lavori qui, Segreteria", "da un registro ufficiale", "Il tuo rapporto con l’istituzione")
		b.Get(s.url+"/account/history").Expect(http.StatusOK, "Dati aggiornati da un registro")
		if file := b.Post(s.url+"/account/export", url.Values{}).Expect(http.StatusOK).Body; !strings.Contains(file, `"kind":"employee","unit":"Segreteria","source":"register"`) {
			t.Errorf("what the person takes away lacks the affiliation: %s", file)
		}
		list, err := s.store.OpenAffiliations(t.Context(), access.Employment, i)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		if err := s.store.EndAffiliations(t.Context(), i, list); err != nil {
			t.Fatal(err)
		}
		b.Get(s.authorize("stipendi")).Expect(http.StatusForbidden, "In quanto cittadino italiano")
	})
}

func TestWithoutTheActAnEmployeeIsACitizen(t *testing.T) { // G2.7
	s := newStay(t)
	s.hires()
	b := s.withBothFactors()
	b.Get(s.authorize("stipendi")).Expect(http.StatusForbidden, "In quanto cittadino italiano")
}

// G2.5: the exemption is from SPID and CIE, never from the second factor.
func TestAnEmployeeWithAPasswordAloneSetsUpASecondFactor(t *testing.T) {
	s := newStageWithActs(t, access.StaffExemption)
	s.plant()
	s.hires()
	b := s.browser()
	login := b.Get(s.authorize("stipendi"))
	b.Submit(login.FormWith("password"), "code", string(noor), "password", secret).Expect(http.StatusForbidden, "Attiva la 2FA", "Stipendi")
	if s.opens(b, "stipendi") {
		t.Error("a password opened it")
	}
}
