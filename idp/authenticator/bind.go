package authenticator

import (
	"net/http"
	"strings"
	"unicode"

	"atrio/base/audit"
	"atrio/base/fault"
)

// maxName is how long the name of a telephone may be.
const maxName = 40

// deviceName is what the holder calls it, on one line.
func deviceName(typed string) string {
	clean := strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, typed)
	runes := []rune(strings.Join(strings.Fields(clean), " "))
	return strings.TrimSpace(string(runes[:min(len(runes), maxName)]))
}

// bindCall is what the app sends to be bound. Proof is the token signed with the key: who
// registers a key has it.
type bindCall struct {
	Token string `json:"token"`
	Code  string `json:"code"`
	Name  string `json:"name"`
	Key   string `json:"key"`
	Proof string `json:"proof"`
}

// bind takes the code that was typed in the app, and its key. // E24, E30
func (h *Handler) bind(w http.ResponseWriter, r *http.Request) error {
	var c bindCall
	if err := read(r, &c); err != nil {
		return err
	}
	token, key := c.Token, decode(c.Key)
	if _, err := readKey(key); err != nil || !isID(token) || !signed(key, decode(c.Proof), bindLines(token)...) {
		h.refused(r, "", audit.FactorAdded, "app_proof")
		return say(w, http.StatusBadRequest, failure{Error: "proof"})
	}
	now := h.Now()
	owner, _, err := h.Store.BindingOf(r.Context(), hash(token), now)
	if fault.Is(err, fault.NotFound) {
		h.refused(r, "", audit.FactorAdded, "app_binding_over")
		return say(w, http.StatusGone, failure{Error: string(Over)})
	}
	if err != nil {
		return err
	}
	who, err := h.Store.Identity(r.Context(), owner)
	if err != nil {
		return err
	}
	if blocked := who.Blocked(now); blocked != "" {
		h.refused(r, owner, audit.FactorAdded, blocked)
		return say(w, http.StatusGone, failure{Error: string(Over)})
	}
	device := Device{ID: newID(), Identity: owner, Name: deviceName(c.Name), Key: key, BoundAt: now}
	v, err := h.Store.Bind(r.Context(), BindTry{
		Token: hash(token), Digest: h.digest(token, c.Code), Tries: h.Limits.Tries, At: now, Device: device,
		Messages: h.notices(who, "bound", "name", device.Name)[:1], // the SMS was the code
		Audit:    h.event(r, owner, audit.FactorAdded, map[string]string{"kind": "app", "factor": device.ID}),
	})
	if err != nil {
		return err
	}
	if v.Outcome == Bound {
		return say(w, http.StatusCreated, map[string]string{"device": device.ID, "holder": who.Holder.GivenName})
	}
	h.refused(r, owner, audit.FactorAdded, "app_"+string(v.Outcome))
	status := map[BindOutcome]int{WrongCode: http.StatusUnprocessableEntity, Over: http.StatusGone, Full: http.StatusConflict}[v.Outcome]
	return say(w, status, failure{Error: string(v.Outcome), Left: v.Left})
}
