package idp_test

import (
	"net/http"
	"testing"

	"atrio/federation/spid"
	"atrio/web/webtest"
)

// Whoever has asked for an identity and has none yet is told so at a service, which gets its
// answer; and their session stands for no password there.
func TestAnApplicantAtAServiceIsToldThatThereIsNoIdentityYet(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		const email = "nuova.prova@example.org"
		b := webtest.New(t)
		w.applied(b, email)
		b.Submit(b.Get(confirmLink.FindString(w.letters()[0].Message.Text)).FormWith("token"))
		for _, level := range []spid.Level{spid.L1, spid.L2, spid.L3} {
			v := w.level(webtest.New(t), level).password(email, secret)
			v.page.Expect(http.StatusForbidden, "La tua identità non è ancora attiva", "La tua richiesta")
			v.expectAnomaly(23)
		}
		w.accedi(b, email, secret).Expect(http.StatusOK, "Informazioni di sicurezza")
		v := w.level(b, spid.L1)
		v.page.Expect(http.StatusOK, "User ID")
		if l := v.password(carla, secret).press("consent", "yes").login(); l.Level != spid.L1 {
			t.Errorf("unexpected %+v", l)
		}
	})
}
