package shop

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"atrio/authn/password"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/setting"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/identity"
	"atrio/idp/passwordrule"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed texts
var files embed.FS

// Pages are the texts of this package.
func Pages() ui.Pages { return ui.Pages{Name: "shop", FS: files} }

// ChangedPath is where the shop tells that a customer changed the password there.
const ChangedPath = "/shop/password"

// Linked is somebody whose account is joined to a customer of the shop: an applicant,
// also one whose mailbox is not confirmed yet, or a holder. Password is the hash.
type Linked struct {
	Holder, Password string
	// Cap is what a change takes from.
	Cap ratelimit.Bucket
}

// Store keeps what is joined.
type Store interface {
	// LinkedTo lists whose password follows that of a customer, with its hash.
	LinkedTo(ctx context.Context, customer string, now time.Time) ([]Linked, error)
	// SetLinked sets their password in place of the one that was compared, ends their
	// sessions, queues the messages and writes a line for each, in one commit;
	// fault.Conflict when one of them has another password meanwhile. // E21
	SetLinked(ctx context.Context, linked []Linked, phc string, messages []notify.Message, ev audit.Event) error
	// FormerPasswords lists the present password of a holder and those before it.
	FormerPasswords(ctx context.Context, identity string) ([]passwordrule.Former, error)
	// Identity finds a holder; identity.ErrUnknown for an applicant.
	Identity(ctx context.Context, id string) (*identity.Identity, error)
	// RequestOf finds the request of an applicant.
	RequestOf(ctx context.Context, holder string) (enrolment.Request, error)
}

// Handler takes what the shop tells.
type Handler struct {
	Site   *web.Site
	Store  Store
	Hasher apply.Hasher
	// Secret proves the shop.
	Secret   setting.Secret
	Breached password.Breached
	Limiter  *ratelimit.Limiter
	// Name is the shop's, Provider the issuer's, in the mail.
	Name, Provider string
	Now            func() time.Time
}

// perCustomer bounds passwords that are tried through the shop.
func perCustomer() ratelimit.Limit {
	return ratelimit.Limit{Name: "shop.changed", Burst: 10, Per: time.Hour}
}

// Mount gives the call its address.
func (h *Handler) Mount(m *web.Mux) { m.Post(ChangedPath, h.changed, web.MaxBody(maxBody)) }

// call is what the shop says: who, the password until now, and the one from now on.
type call struct {
	Customer string `json:"customer"`
	Old      string `json:"old"`
	New      string `json:"new"`
}

// answer is what the shop is told; Wrong are the keys of the rules that are not kept.
type answer struct {
	Error string   `json:"error,omitempty"`
	Wrong []string `json:"wrong,omitempty"`
}

// changed takes a password that a customer chose at the shop. The shop calls before it
// changes its own: what is refused here is not changed there either. // E21
func (h *Handler) changed(w http.ResponseWriter, r *http.Request) error {
	// A browser never calls here: it could not know the secret.
	if !h.isShop(r) {
		return h.say(w, r, http.StatusUnauthorized, answer{Error: "secret"}, "")
	}
	var c call
	if err := read(r, &c); err != nil || c.Customer == "" || len(c.Customer) > maxID {
		return h.say(w, r, http.StatusBadRequest, answer{Error: "call"}, "")
	}
	status, said, err := h.change(r, c)
	if f := fault.From(err); err != nil && f.Kind == fault.TooMany {
		return h.say(w, r, http.StatusTooManyRequests, answer{Error: "wait"}, "")
	}
	if err != nil {
		return err
	}
	return h.say(w, r, status, said, c.Customer)
}

func (h *Handler) change(r *http.Request, c call) (int, answer, error) {
	ctx, now := r.Context(), h.Now()
	if err := h.Limiter.Allow(ctx, perCustomer(), c.Customer); err != nil {
		return 0, answer{}, err
	}
	linked, err := h.Store.LinkedTo(ctx, c.Customer, now)
	if err != nil {
		return 0, answer{}, err
	}
	if len(linked) == 0 {
		return http.StatusNotFound, answer{Error: "customer"}, nil
	}
	known, people, err := h.knownBy(ctx, linked, c.Old)
	switch {
	case err != nil:
		return 0, answer{}, err
	case len(known) == 0:
		return http.StatusForbidden, answer{Error: "old"}, nil
	}
	if broken, err := h.broken(ctx, known, people, c); err != nil || len(broken) > 0 {
		return http.StatusUnprocessableEntity, answer{Error: "rules", Wrong: broken}, err
	}
	phc, err := h.Hasher.Hash(ctx, c.New)
	if err != nil {
		return 0, answer{}, err
	}
	var messages []notify.Message
	for _, p := range people {
		messages = append(messages, h.message(p))
	}
	ev := audit.Event{At: now, Role: h.Site.Role, Action: audit.PasswordChanged, Outcome: audit.OK, Reference: web.RequestID(r), Detail: map[string]string{"by": "shop"}}
	err = h.Store.SetLinked(ctx, known, phc, messages, ev)
	if fault.Is(err, fault.Conflict) { // it is no longer the one until now
		return http.StatusForbidden, answer{Error: "old"}, nil
	}
	return http.StatusNoContent, answer{}, err
}

// linkedPerson is where somebody reads mail, and the words that others know of them.
type linkedPerson struct {
	mail, lang string
	about      []string
}

// knownBy gives those whose password is the one until now, and who they are. One who changed
// it too often lately stops the change. // E13
func (h *Handler) knownBy(ctx context.Context, linked []Linked, old string) (known []Linked, people []linkedPerson, err error) {
	for _, l := range linked {
		ok, _, err := h.Hasher.Verify(ctx, l.Password, old)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		if err := h.Limiter.Admits(ctx, passwordrule.Changing(), l.Holder); err != nil {
			return nil, nil, err
		}
		p, err := h.person(ctx, l.Holder)
		if err != nil {
			return nil, nil, err
		}
		l.Cap = h.Limiter.Bucket(passwordrule.Changing(), l.Holder)
		known, people = append(known, l), append(people, p)
	}
	return known, people, nil
}

// person is a holder as the identity stands, or an applicant as the request does.
func (h *Handler) person(ctx context.Context, holder string) (linkedPerson, error) {
	who, err := h.Store.Identity(ctx, holder)
	if err == nil {
		p := who.Holder
		return linkedPerson{p.Email, cmp.Or(who.Language, "it"), []string{who.UserID, p.Email, p.GivenName, p.FamilyName, string(p.FiscalCode), p.Document.Number}}, nil
	}
	if !errors.Is(err, identity.ErrUnknown) {
		return linkedPerson{}, err
	}
	request, err := h.Store.RequestOf(ctx, holder)
	d := request.Data
	return linkedPerson{d.Email, cmp.Or(d.Language, "it"), []string{d.Email, d.Person.GivenName, d.Person.FamilyName, d.Person.FiscalCode, d.Document.Number}}, err
}

// broken lists the rules that the new password does not keep: those of the page on which it
// is changed here. // REG 15, E13
func (h *Handler) broken(ctx context.Context, known []Linked, people []linkedPerson, c call) ([]string, error) {
	about := []string{h.Provider}
	for _, p := range people {
		about = append(about, p.about...)
	}
	broken, err := passwordrule.Check(c.New, h.Breached, about...)
	if err != nil || len(broken) > 0 {
		return broken, err
	}
	if passwordrule.Similar(c.Old, c.New) {
		return []string{"password_rule.wrong.similar"}, nil
	}
	if reused, err := h.reused(ctx, known, c.New, h.Now()); err != nil || reused {
		return []string{"password_rule.wrong.reused"}, err
	}
	return nil, nil
}

// reused reports whether one of the holders had the password too lately. // E13
func (h *Handler) reused(ctx context.Context, known []Linked, chosen string, now time.Time) (bool, error) {
	for _, l := range known {
		former, err := h.Store.FormerPasswords(ctx, l.Holder)
		if err != nil {
			return false, err
		}
		if again, err := passwordrule.Reused(ctx, h.Hasher, former, chosen, now); err != nil || again {
			return again, err
		}
	}
	return false, nil
}

// message tells the holder.
func (h *Handler) message(p linkedPerson) notify.Message {
	texts := h.Site.Pages.Catalog()
	return notify.Message{
		Channel: notify.Mail, To: p.mail, Lang: p.lang, Expires: h.Now().Add(7 * 24 * time.Hour),
		Subject: texts.Text(p.lang, "shop.mail.changed.subject", "provider", h.Provider),
		Text:    texts.Text(p.lang, "shop.mail.changed.text", "provider", h.Provider, "shop", h.Name),
	}
}

// isShop compares the secret in a time that does not depend on it.
func (h *Handler) isShop(r *http.Request) bool {
	given, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(h.Secret.Reveal()))
	return found && h.Secret != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// say answers a program; refusals leave a line.
func (h *Handler) say(w http.ResponseWriter, r *http.Request, status int, a answer, customer string) error {
	if a.Error != "" && h.Site.Refused != nil {
		h.Site.Refused(r.Context(), audit.Event{
			At: h.Now(), Role: h.Site.Role, Action: audit.PasswordChanged, Outcome: audit.Refused, Reason: "shop_" + a.Error, Reference: web.RequestID(r),
			Address: web.ClientAddr(r).String(), Detail: map[string]string{"customer": customer},
		})
	}
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(a)
}
