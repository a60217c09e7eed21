package logout_test

import (
	"net/http"
	"strings"
	"testing"

	"atrio/web/webtest"
)

// ask lets a service ask for the logout and the person agree; the answer is the first
// page of the gateway.
func (h *house) ask(b *webtest.Client) *webtest.Page {
	h.t.Helper()
	p := b.Get(h.gateway+leaving()).Expect(http.StatusOK, "Vuoi uscire?")
	return b.Submit(p.FormWith("request"))
}

func TestALogoutOfAServiceReachesTheProviderAndComesBackToTheService(t *testing.T) {
	h := newHouse(t)
	b := h.enter()
	p := h.ask(b).Expect(http.StatusOK, "Sei uscito dai Servizi Online", "Ti stiamo portando da Identità di prova")
	b.Get(h.gateway + "/session").Expect(http.StatusUnauthorized) // before the provider has heard anything
	b.NoRedirect = true
	for address := onward(p); ; address = p.Header.Get("Location") {
		if strings.HasPrefix(address, farewell) {
			if address != farewell+"?state=s1" {
				t.Errorf("back at %s", address)
			}
			break
		}
		if p = b.Get(address); p.Header.Get("Location") == "" {
			t.Fatalf("stopped at %s: %d %s", p.URL, p.Status, p.Text("main"))
		}
	}
	b.NoRedirect = false
	b.Get(h.idp+"/account").Expect(http.StatusOK, "User ID") // signed out there too
}

func TestTheOtherServicesAreToldAndTheLogoutIsComplete(t *testing.T) {
	h := newHouse(t)
	b := h.enter()
	h.enterLibrary(b)
	there := b.Get(onward(h.ask(b))).Expect(http.StatusOK, "Sei uscito dal gestore di identità", "Biblioteca")
	h.load(there)
	if len(h.librarySession) != 0 {
		t.Error("the library was not told")
	}
	b.NoRedirect = true
	back := b.Get(b.Get(onward(there)).Expect(http.StatusFound).Header.Get("Location"))
	if to := back.Header.Get("Location"); to != farewell+"?state=s1" {
		t.Errorf("back at %q: %s", to, back.Text("main"))
	}
}

// A service that never answers holds up nobody: the person goes on, and is told which one.
func TestAServiceThatNeverAnswersHoldsUpNobody(t *testing.T) {
	h := newHouse(t)
	b := h.enter()
	h.enterLibrary(b)
	h.silent = true
	there := b.Get(onward(h.ask(b))).Expect(http.StatusOK, "Biblioteca")
	h.load(there)
	outcome := b.Get(onward(there)).Expect(http.StatusOK, "Non tutti i servizi hanno confermato", "Biblioteca")
	p := b.Get(outcome.Link("Torna a Ateneo")).Expect(http.StatusOK, "La tua sessione qui è chiusa", "non può confermare l’uscita da tutti gli altri siti")
	if to := p.Link("Torna al servizio"); to != farewell+"?state=s1" {
		t.Errorf("leads to %s", to)
	}
}

func TestWhoLeavesTheProviderLeavesTheGatewayToo(t *testing.T) {
	h := newHouse(t)
	b := h.enter()
	h.enterLibrary(b)
	account := b.Get(h.idp+"/account").Expect(http.StatusOK, "Ada")
	p := b.Submit(account.Form("main form")).Expect(http.StatusOK, "Ateneo", "Biblioteca")
	h.load(p) // without a cookie of the gateway
	b.Get(h.gateway + "/session").Expect(http.StatusUnauthorized)
	if len(h.librarySession) != 0 {
		t.Error("the library was not told")
	}
	b.Get(onward(p)).Expect(http.StatusOK, "Hai chiuso la sessione del gestore di identità")
}

func TestALogoutWithoutAServiceSaysHowItWent(t *testing.T) {
	h := newHouse(t)
	b := h.enter()
	p := b.Submit(b.Get(h.gateway+"/logout").Form("main form")).Expect(http.StatusOK, "Sei uscito dai Servizi Online")
	b.Get(onward(p)).Expect(http.StatusOK, "Identità di prova conferma di aver chiuso anche la sua sessione")
}
