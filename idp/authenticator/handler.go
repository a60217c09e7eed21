package authenticator

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/idp/account"
	"atrio/idp/flow"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package.
func Pages() ui.Pages { return ui.Pages{Name: "authenticator", FS: files} }

// The addresses. Path is the app, AccountPath the list of telephones.
const (
	Path        = "/app"
	AccountPath = "/account/app"
	bindPage    = "/bind"
)

// Handler serves the app, what it calls, and the pages of the browser beside it.
type Handler struct {
	Site    *web.Site
	Desk    *flow.Desk
	Store   Store
	Limiter *ratelimit.Limiter
	Limits  Limits
	// Account asks for a proof of the highest level before a telephone is bound or removed.
	// // REG 19
	Account *account.Handler
	// Life suspends an identity whose holder reports a request.
	Life *life.Registrar
	// Calls bounds what one address may call.
	Calls web.Guard
	// Provider is the name that people read, SMSSender begins messages.
	Provider, SMSSender string
	Now                 func() time.Time
}

// Limits bound requests to the app and codes that bind it.
type Limits struct {
	// Prompts: three in ten minutes, and then one in ten minutes. // A28
	Prompts ratelimit.Limit
	// Identity, Number, Network and All bound codes.
	Identity, Number, Network, All ratelimit.Limit
	// Pause is the wait before another code, Valid how long one works, Tries how often one
	// may be typed. // A01
	Pause, Valid time.Duration
	Tries        int
	// Patience is how long a request to the app waits.
	Patience time.Duration
}

// DefaultLimits hold unless the configuration says others.
func DefaultLimits() Limits {
	return Limits{
		Prompts:  ratelimit.Limit{Name: "idp.app.prompts", Burst: 3, Per: 30 * time.Minute},
		Identity: ratelimit.Limit{Name: "idp.app.bind", Burst: 5, Per: time.Hour},
		Number:   ratelimit.Limit{Name: "idp.app.number", Burst: 10, Per: 24 * time.Hour},
		Network:  ratelimit.Limit{Name: "idp.app.network", Burst: 30, Per: time.Hour},
		All:      ratelimit.Limit{Name: "idp.app.all", Burst: 600, Per: 10 * time.Minute},
		Pause:    time.Minute, Valid: 10 * time.Minute, Tries: 5, Patience: 2 * time.Minute,
	}
}

// maxCall bounds what the app sends, in bytes.
const maxCall = 4 << 10

// Mount adds the addresses.
func (h *Handler) Mount(m *web.Mux) {
	signedIn, proving := account.SignedIn(), h.Account.Proving()
	home := func(next account.Placed) web.HandlerFunc { return h.Account.AtHome(AccountPath, next) }
	m.Get(AccountPath, home(h.list), proving)
	m.Post(AccountPath, home(h.start), proving, h.Calls)
	m.Get(AccountPath+bindPage, home(h.binding), proving)
	m.Post(AccountPath+"/remove", home(h.remove), signedIn)

	// E30: in a login that waits for a second factor.
	waiting := func(next account.Placed) web.HandlerFunc { return h.Account.InLogin("app", next) }
	m.Get(account.LoginPath("app"), waiting(h.list))
	m.Post(account.LoginPath("app"), waiting(h.start), h.Calls)
	m.Get(account.LoginPath("app")+bindPage, waiting(h.binding))
	m.Post(account.LoginPath("app")+"/done", waiting(h.finished))

	m.Get("/login/{flow}/app", h.Desk.At(flow.Second, h.show))
	m.Post("/login/{flow}/app", h.Desk.At(flow.Second, h.ask))
	m.Post("/login/{flow}/app/done", h.Desk.At(flow.Second, h.done))
	m.Get("/login/{flow}/app/state", h.Desk.Any(h.state))

	m.Get(Path, h.app)
	m.Get(Path+"/manifest.webmanifest", h.manifest)
	m.Get(Path+"/worker.js", h.worker)
	m.Get(Path+"/nonce", h.nonce, h.Calls)
	m.Post(Path+"/bind", h.bind, h.Calls, web.MaxBody(maxCall))
	m.Post(Path+"/enter", h.enter, h.Calls, web.MaxBody(maxCall))
	m.Post(Path+"/answer", h.answer, h.Calls, web.MaxBody(maxCall))
	m.Get(Path+"/pending", h.pending, h.Calls)
	m.Get(Path+"/events", h.events, h.Calls)
}

// newID draws 128 random bits.
func newID() string {
	var raw [16]byte
	rand.Read(raw[:]) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// isID reports whether something can be an id of ours. What comes from outside is looked at
// before it gets to the database: PostgreSQL takes no text with a zero byte.
func isID(text string) bool { return len(text) == 22 && len(decode(text)) == 16 }

func decode(text string) []byte {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil
	}
	return raw
}

// read takes the JSON of a call: strict, since both sides are programs of ours.
func read(r *http.Request, into any) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err // too large, or broken off: web says which
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return fault.New(fault.Invalid, "error.invalid").For("app_call").Because(errors.Join(errCall, err))
	}
	return nil
}

var errCall = errors.New("authenticator: not the call that was agreed")

// say answers a call.
func say(w http.ResponseWriter, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // who went away reads no error
	return nil
}

// failure is what the app is told when something is refused.
type failure struct {
	Error string `json:"error"`
	Left  int    `json:"left,omitempty"`
}

func (h *Handler) event(r *http.Request, who, action string, detail map[string]string) audit.Event {
	ev := audit.Event{
		At: h.Now(), Role: h.Site.Role, Actor: who, Subject: who, Action: action, Outcome: audit.OK,
		Reference: web.RequestID(r), Detail: detail,
	}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}

// refused writes a line about what was refused.
func (h *Handler) refused(r *http.Request, who, action, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.event(r, who, action, map[string]string{"method": "app"})
	ev.Outcome, ev.Reason = audit.Refused, reason
	h.Site.Refused(r.Context(), ev)
}
