package passwordlife

import (
	"context"
	"net/http"

	"atrio/idp/identity"
	"atrio/idp/passwordrule"
	"atrio/web"
)

// Fresh is a password in place of one that was forgotten.
type Fresh struct{ former, chosen string }

// ReadFresh reads a new password and checks it as at a change, but for what only the present
// one in clear could tell; what is wrong stands in the form. // REG 15, E13, E31
func (h *Handler) ReadFresh(r *http.Request, who *identity.Identity, f *web.Form) (Fresh, error) {
	chosen, again := f.Secret("password"), f.Secret("password_again")
	if !f.OK() {
		return Fresh{}, nil
	}
	former, err := h.Store.FormerPasswords(r.Context(), who.ID)
	if err != nil {
		return Fresh{}, err
	}
	if err := h.acceptable(r, who, f, former, "", chosen, again); err != nil || !f.OK() {
		return Fresh{}, err
	}
	if len(former) == 0 {
		return Fresh{}, errPassword
	}
	return Fresh{former[0].Hash, chosen}, h.Limiter.Admits(r.Context(), passwordrule.Changing(), who.ID)
}

// PutFresh tells the shop and then commits; ErrShop when the shop does not answer. What was
// told there holds when the commit fails: the holder does not know the former one, and tries
// again. // E21
func (h *Handler) PutFresh(r *http.Request, who *identity.Identity, p Fresh, commit func(context.Context, Change) error) error {
	return h.store(r, who, passwords{hash: p.former, chosen: p.chosen}, commit)
}
