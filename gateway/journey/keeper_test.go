package journey

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"atrio/base/seal"
	"atrio/web"
)

// jar is a browser's cookie store and the writer of cookies in one.
type jar map[string]string

func (j jar) SetCookie(_ http.ResponseWriter, name, value string, _ web.CookieOptions) {
	j[name] = value
}
func (j jar) ClearCookie(_ http.ResponseWriter, name string, _ web.CookieOptions) { delete(j, name) }
func (j jar) Cookie(_ *http.Request, name string) (string, bool) {
	v, ok := j[name]
	return v, ok
}

func (j jar) Cookies(_ *http.Request, prefix string) map[string]string {
	out := map[string]string{}
	for name, value := range j {
		if strings.HasPrefix(name, prefix) {
			out[name] = value
		}
	}
	return out
}

func (j jar) request() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

func newKeeper(now *time.Time) (*Keeper, jar) {
	cookies := jar{}
	return &Keeper{
		Keyring: seal.NewKeyring("gateway", seal.Key{ID: "a", Secret: [32]byte{1}}),
		Jar:     cookies, Life: 45 * time.Minute,
		Now: func() time.Time { return *now },
	}, cookies
}

func TestAJourneyIsFoundInItsBrowserOnly(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	k, browser := newKeeper(&now)
	to := Destination{Kind: ToAuthorize, Service: "mooc", Resume: "client_id=mooc&state=x", Level: 2}
	j, err := k.Begin(nil, browser.request(), to)
	if err != nil {
		t.Fatal(err)
	}
	j.Step, j.Request = AtDoor, []byte{1, 2, 3}
	if err := k.Save(nil, browser.request(), &j); err != nil {
		t.Fatal(err)
	}
	got, err := k.Find(browser.request(), j.Handle, AtDoor)
	if err != nil || got.To != to || string(got.Request) != "\x01\x02\x03" {
		t.Fatalf("found %+v, %v", got, err)
	}
	other, strange := newKeeper(&now)
	if _, err := other.Find(strange.request(), j.Handle); !errors.Is(err, ErrOtherBrowser) {
		t.Fatalf("another browser: %v", err)
	}
	if _, err := k.Find(browser.request(), j.Handle, Entering); !errors.Is(err, ErrWrongStep) {
		t.Fatalf("wrong step: %v", err)
	}
	k.Drop(nil, j.Handle)
	if _, err := k.Find(browser.request(), j.Handle); !errors.Is(err, ErrOtherBrowser) {
		t.Fatalf("after arrival: %v", err)
	}
}

// G2.9: at a door, and only there, a journey for minors lives a day; after two it is
// gone with its destination.
func TestAtADoorAJourneyForMinorsLivesADay(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	k, browser := newKeeper(&now)
	for _, c := range []struct {
		minors bool
		step   Step
		after  time.Duration
		want   error
	}{
		{true, AtDoor, 23 * time.Hour, nil}, {true, AtDoor, 25 * time.Hour, ErrExpired}, {true, AtDoor, 47 * time.Hour, ErrExpired},
		{true, AtDoor, 49 * time.Hour, ErrOtherBrowser}, {true, Choosing, time.Hour, ErrExpired}, {true, Entering, time.Hour, ErrExpired},
		{false, AtDoor, time.Hour, ErrExpired}, {false, AtDoor, 25 * time.Hour, ErrOtherBrowser},
	} {
		began := now
		j := Journey{Handle: NewHandle(), Step: c.step, To: Destination{Service: "ragazzi", Minors: c.minors}}
		if err := k.Save(nil, browser.request(), &j); err != nil {
			t.Fatal(err)
		}
		now = began.Add(c.after)
		if _, err := k.Find(browser.request(), j.Handle); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
		k.Drop(nil, j.Handle)
		now = began
	}
}

func TestAJourneyThatWaitsForAParentIsClosedLast(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	k, browser := newKeeper(&now)
	first := Journey{Handle: NewHandle(), Step: AtDoor, To: Destination{Service: "ragazzi", Minors: true}}
	if err := k.Save(nil, browser.request(), &first); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		now = now.Add(time.Second)
		if _, err := k.Begin(nil, browser.request(), Destination{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.Find(browser.request(), first.Handle); err != nil {
		t.Error(err)
	}
}

func TestAnExpiredJourneyKeepsItsDestination(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	k, browser := newKeeper(&now)
	j, _ := k.Begin(nil, browser.request(), Destination{Service: "mooc"})
	now = now.Add(2 * time.Hour)
	got, err := k.Find(browser.request(), j.Handle)
	if !errors.Is(err, ErrExpired) || got.To.Service != "mooc" {
		t.Fatalf("found %+v, %v", got, err)
	}
}

func TestTheFourthJourneyClosesTheOldest(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	k, browser := newKeeper(&now)
	var list []Journey
	for range 4 {
		j, err := k.Begin(nil, browser.request(), Destination{})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, j)
		now = now.Add(time.Minute)
	}
	if _, err := k.Find(browser.request(), list[0].Handle); !errors.Is(err, ErrEvicted) {
		t.Fatalf("oldest: %v", err)
	}
	for _, j := range list[1:] {
		if _, err := k.Find(browser.request(), j.Handle); err != nil {
			t.Fatalf("a younger one was closed too: %v", err)
		}
	}
}

func TestACookieMovedToAnotherHandleIsRefused(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	k, browser := newKeeper(&now)
	one, _ := k.Begin(nil, browser.request(), Destination{})
	two, _ := k.Begin(nil, browser.request(), Destination{})
	browser[(prefix + two.Handle)] = browser[(prefix + one.Handle)]
	if _, err := k.Find(browser.request(), two.Handle); !errors.Is(err, ErrOtherBrowser) {
		t.Fatal(err)
	}
}

func TestWhatIsTooLargeIsRefusedAndWhatFitsStaysSmall(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	k, browser := newKeeper(&now)
	if _, err := k.Begin(nil, browser.request(), Destination{Resume: strings.Repeat("x", maxResume+1)}); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("long request of a service: %v", err)
	}
	resume := "client_id=open-knowledge&redirect_uri=https%3A%2F%2Fmooc.example.it%2Foidc%2Fcallback&response_type=code&scope=openid+profile+email" +
		"&state=Zk3mQ0r7c1Xv9pLh2sTq8w&nonce=b1Yt6Jd0uN4eGx5oKf7aRz&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
	j := Journey{Handle: NewHandle(), Step: AtDoor, To: Destination{Kind: ToAuthorize, Service: "open-knowledge", Resume: resume}, Request: make([]byte, 620)}
	if err := k.Save(nil, browser.request(), &j); err != nil {
		t.Fatalf("an ordinary login does not fit: %v", err)
	}
	if n := len(browser[(prefix + j.Handle)]); n > maxSealed {
		t.Fatalf("%d bytes", n)
	}
}

func TestHostileHandlesAndCookiesAreRefused(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	k, browser := newKeeper(&now)
	for _, h := range []string{"", "x", strings.Repeat("A", 32), "../../../../../../../../../../../", strings.Repeat("a", 100000), "https://evil.example/"} {
		if _, err := k.Find(browser.request(), h); !errors.Is(err, ErrOtherBrowser) {
			t.Errorf("%.20q: %v", h, err)
		}
	}
	h := NewHandle()
	browser[(prefix + h)] = "not-sealed"
	if _, err := k.Find(browser.request(), h); !errors.Is(err, ErrOtherBrowser) {
		t.Errorf("forged cookie: %v", err)
	}
}

func FuzzUnpackNeverPanics(f *testing.F) {
	packed, _ := Journey{Handle: "h", Request: []byte("r")}.pack()
	f.Add(packed)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = unpack(b) })
}
