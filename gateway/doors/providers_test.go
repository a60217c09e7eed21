package doors_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/seal"
	"atrio/gateway/doors"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/webtest"
)

// hall is a login page with eight providers; the sixth has known problems.
type hall struct {
	url  string
	last string // what the browser remembers; "" is no memory
}

func (h *hall) names(t *testing.T) (names []string, page *webtest.Page) {
	t.Helper()
	page = webtest.New(t).Get(h.url+"/login").Expect(http.StatusOK, "Entra con SPID")
	for _, a := range page.FindAll(".atrio-providers a") {
		names = append(names, webtest.Text(a))
	}
	return names, page
}

func newHall(t *testing.T) *hall {
	h, now := new(hall), func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
	var all []doors.Provider
	for i := range 8 {
		all = append(all, doors.Provider{EntityID: fmt.Sprintf("https://id%d.example.it", i), Name: fmt.Sprintf("Gestore %d", i), Outage: i == 5})
	}
	h.url = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "gateway", base, now, doors.Pages())
		site.Keyring = seal.NewKeyring("gateway", seal.Key{ID: "a", Secret: [32]byte{1}})
		return site.Handler(&doors.Doors{
			Site: site, Journeys: &journey.Keeper{Keyring: site.Keyring, Jar: site, Now: now, Life: time.Hour},
			Providers: func() []doors.Provider { return all },
			Links:     doors.SPIDLinks{More: "https://spid.example.it/piu", Get: "https://spid.example.it/avere", Help: "https://spid.example.it/aiuto"},
			Last:      func(*http.Request) (string, bool) { return h.last, h.last != "" },
			Remember:  func(http.ResponseWriter, bool) {},
			Staying:   func(*http.Request) (string, error) { return "", nil },
			Limit:     func(next web.HandlerFunc) web.HandlerFunc { return next },
		})
	})
	return h
}

// G1.1: nobody is favoured by the order of the list.
func TestProvidersStandInAnotherOrderEachTime(t *testing.T) {
	h := newHall(t)
	orders := map[string]bool{}
	for range 12 {
		names, _ := h.names(t)
		orders[strings.Join(names, "|")] = true
		slices.Sort(names)
		if len(names) != 8 || names[0] != "Gestore 0" || !strings.HasPrefix(names[7], "Gestore 7") {
			t.Fatalf("the list holds %v", names)
		}
	}
	// Twelve draws out of 40,320 orders: nobody sees three orders or fewer by chance.
	if len(orders) < 4 {
		t.Errorf("%d orders in twelve pages", len(orders))
	}
}

// G1.1: the memory puts one provider first and leaves the others to chance.
func TestTheRememberedProviderStandsFirst(t *testing.T) {
	h := newHall(t)
	h.last = "https://id3.example.it"
	seconds := map[string]bool{}
	for range 12 {
		names, _ := h.names(t)
		if !strings.HasPrefix(names[0], "Gestore 3") || !strings.Contains(names[0], "Ultimo usato") {
			t.Fatalf("first stands %q", names[0])
		}
		seconds[names[1]] = true
	}
	if len(seconds) < 2 {
		t.Error("behind the remembered one the order is fixed")
	}
}

// G1.1: whoever is about to choose reads on the button that the provider has
// problems, and may still choose it.
func TestAnOutageStandsOnTheButtonOfItsProvider(t *testing.T) {
	h := newHall(t)
	_, page := h.names(t)
	for _, a := range page.FindAll(".atrio-providers a") {
		down := strings.HasPrefix(webtest.Text(a), "Gestore 5")
		if says := strings.Contains(webtest.Text(a), "Problemi segnalati"); says != down {
			t.Errorf("%q", webtest.Text(a))
		}
		if !strings.HasPrefix(webtest.Attr(a, "href"), "/spid/login?idp=https%3A%2F%2Fid") {
			t.Errorf("%q leads to %q", webtest.Text(a), webtest.Attr(a, "href"))
		}
	}
}

// G1.1: the list ends with the official pages, and with help for who does not
// know the own provider.
func TestTheListEndsWithTheOfficialLinks(t *testing.T) {
	h := newHall(t)
	_, page := h.names(t)
	for text, want := range map[string]string{
		"Maggiori informazioni": "https://spid.example.it/piu", "Non hai SPID?": "https://spid.example.it/avere",
		"Serve aiuto?": "https://spid.example.it/aiuto", "Non so qual è il mio gestore": h.url + "/help/provider",
	} {
		if got := page.Link(text); got != want {
			t.Errorf("%s leads to %s", text, got)
		}
	}
}
