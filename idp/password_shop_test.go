package idp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"atrio/base/setting"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/idp"
	"atrio/idp/enrolment/apply"
	"atrio/idp/idpdb"
	"atrio/idp/passwordlife"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// market is the issuer's shop: it is told passwords, or silent.
type market struct {
	mu     sync.Mutex
	told   []string
	silent bool
}

const shopSecret = "01234567890123456789012345678901"

func (m *market) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var c struct{ Customer, Password string }
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil || m.silent {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	m.told = append(m.told, c.Customer+" "+c.Password)
	w.WriteHeader(http.StatusNoContent)
}

func (m *market) set(silent bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.silent = silent
}

func (m *market) expect(t *testing.T, want ...string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Equal(m.told, want) {
		t.Errorf("the shop was told %q, want %q", m.told, want)
	}
}

// eachShopWorld is a world in which Carla and Ada are customers of the shop.
func eachShopWorld(t *testing.T, fn func(t *testing.T, w *world, m *market)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		m := &market{}
		server := httptest.NewServer(m)
		t.Cleanup(server.Close)
		w := newWorldOn(t, d, &clock{now: samltest.Start}, func(c *idp.Config) {
			c.Enrolment.Shop = apply.ShopConfig{URL: server.URL, Name: "Negozio", Secret: setting.Secret(shopSecret)}
		})
		customers := map[string]string{w.id(carla): "cliente-3", w.id(ada): "cliente-1"}
		w.hook.mu.Lock()
		w.hook.customers = customers
		w.hook.mu.Unlock()
		fn(t, w, m)
	})
}

// E21: changed at the own page, the shop follows; a shop that is silent, or a commit of ours
// that fails, leave one password for both.
func TestAChangeHereIsTheOneOfTheShopToo(t *testing.T) {
	eachShopWorld(t, func(t *testing.T, w *world, m *market) {
		browser := w.ownPages(carla)
		page := w.opens(browser, passwordlife.Path, carla)
		m.set(true)
		for range 12 { // what does not succeed counts nowhere
			page = change(browser, page, secret, fresh).Expect(http.StatusServiceUnavailable, "non risponde", "la password non è cambiata")
		}
		if page.Has("Continua per ora") {
			t.Error("the own page offers to go on")
		}
		m.set(false)
		w.hook.mu.Lock()
		w.hook.failing = errors.New("the database is away")
		w.hook.mu.Unlock()
		change(browser, page, secret, fresh).Expect(http.StatusInternalServerError)
		m.expect(t, "cliente-3 "+fresh, "cliente-3 "+secret)
		change(browser, page, secret, fresh).Expect(http.StatusOK, "Hai cambiato la password")
		m.expect(t, "cliente-3 "+fresh, "cliente-3 "+secret, "cliente-3 "+fresh)
		w.level(webtest.New(t), spid.L1).password(carla, fresh).page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
	})
}

// E12, E21: a shop that is silent shuts nobody out, and only it lets a change wait.
func TestARenewalGoesOnWhenTheShopIsSilent(t *testing.T) {
	eachShopWorld(t, func(t *testing.T, w *world, m *market) {
		w.clock.Advance(181 * aDay)
		w.readService()
		w.readProvider()
		v := w.level(webtest.New(t), spid.L1).password(carla, secret)
		v.page.Expect(http.StatusOK, "La password va cambiata")
		if v.page.Has("Continua per ora") {
			t.Error("a change can wait although the shop answers")
		}
		later := v.page.FormWith("current").Action + "/later"
		v.browser.Post(later, map[string][]string{"later": {"x"}}).Expect(http.StatusOK, "La password va cambiata")
		m.set(true)
		v.page = change(v.browser, v.page, secret, fresh).Expect(http.StatusServiceUnavailable, "non risponde", "Continua per ora")
		v.page = v.browser.Submit(v.page.FormWith("later")).Expect(http.StatusOK, "Vuoi inviare i tuoi dati a Servizi Prova?")
		v.press("consent", "yes").login()
		// The next one asks again, and its tries are bounded: the service is told.
		m.set(false)
		v = w.level(webtest.New(t), spid.L1).password(carla, secret)
		for range 4 {
			v.page = change(v.browser, v.page, "sbagliata", fresh).Expect(http.StatusUnprocessableEntity, "non è corretta")
		}
		v.page = change(v.browser, v.page, "sbagliata", fresh)
		v.expectAnomaly(19)
	})
}

// E13, E21: what the shop changes is held to the rules of the page here.
func TestAChangeThroughTheShopKeepsTheRulesOfThePage(t *testing.T) {
	eachShopWorld(t, func(t *testing.T, w *world, _ *market) {
		w.linkToShop(ada, "cliente-1")
		call := func(old, chosen string) (int, string) {
			body, err := json.Marshal(map[string]string{"customer": "cliente-1", "old": old, "new": chosen})
			if err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.base+"/shop/password", strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+shopSecret)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var said struct{ Wrong []string }
			_ = json.NewDecoder(res.Body).Decode(&said) // a change that is taken has no body
			return res.StatusCode, strings.Join(said.Wrong, " ")
		}
		for chosen, want := range map[string]string{secret + "1": "similar", "PRVDAA90E44F205x!": "about", "Ada.prova@example.org1": "about"} {
			if status, wrong := call(secret, chosen); status != http.StatusUnprocessableEntity || !strings.Contains(wrong, want) {
				t.Errorf("%s: %d %q, want %s", chosen, status, wrong, want)
			}
		}
		if status, wrong := call(secret, fresh); status != http.StatusNoContent {
			t.Fatalf("%d %s", status, wrong)
		}
		if status, wrong := call(fresh, secret); status != http.StatusUnprocessableEntity || !strings.Contains(wrong, "reused") {
			t.Errorf("%d %q", status, wrong)
		}
		w.clock.Advance(aDay)
		// Ten changes are enough, wherever they are made.
		chosen := []string{fresh, "Tavolo#Rotondo4", "Finestra.Blu.82", "Lampada+Gialla6", "Sentiero-Alto-55", "Quaderno*Rosso3", "Mulino;Vento.71", "Barca=Legno=19", "Pietra_Chiara8", "Foglia!Secca!24", "Nuvola?Grande?9"}
		for n := 1; n < 10; n++ {
			w.clock.Advance(aDay / 8)
			if status, wrong := call(chosen[n-1], chosen[n]); status != http.StatusNoContent {
				t.Fatalf("change %d: %d %s", n, status, wrong)
			}
		}
		if status, _ := call(chosen[9], chosen[10]); status != http.StatusTooManyRequests {
			t.Errorf("an eleventh change: %d", status)
		}
	})
}

// linkToShop joins somebody to a customer of the shop.
func (w *world) linkToShop(who, customer string) {
	w.t.Helper()
	err := w.db.Tx(w.t.Context(), func(tx *db.Tx) error {
		_, err := tx.ExecContext(w.t.Context(), `INSERT INTO shop_customer (holder, customer) VALUES ($1, $2)`, w.id(who), fmt.Sprintf("%x", w.store.Keyring.MAC("idp.shop_customer", customer)))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
