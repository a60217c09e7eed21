package wizard

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/gateway/registration/draft"
	"atrio/web"
)

// How long drafts last. // G3.1
const (
	// browserLife is for a draft that lives in the browser alone.
	browserLife = 24 * time.Hour
	// rowLife is for a stored one, from its last change on.
	rowLife = 7 * 24 * time.Hour
)

// The cookie of a draft: the draft itself, or only its id when it is stored.
const (
	draftCookie = "draft"
	asDraft     = "d."
	asID        = "i."
	// maxSealed leaves room for the cookies of logins beside it.
	maxSealed = 3072
	// maxStored bounds what a row takes, typed nonsense included.
	maxStored = 16 << 10
)

// Purposes of sealed values; seal adds the role.
const (
	draftPurpose = "registration.draft"
	idPurpose    = "registration.id"
	rowPurpose   = "registration.row"
)

// kept is a draft and where it is kept.
type kept struct {
	draft.Draft
	// row is set when it is stored.
	row *Row
}

var (
	// errNone: this browser holds no draft.
	errNone = errors.New("wizard: no draft")
	// ErrGone: the draft was finished, dropped or is over.
	ErrGone = fault.New(fault.Gone, "wizard.gone").For("draft_gone").
		Offer("wizard.action.restart", StartPath).Offer("gateway.action.other", "/login")
	// errTooLarge: what was typed does not fit the browser.
	errTooLarge = fault.New(fault.TooLarge, "wizard.too_large").For("draft_too_large").Offer("gateway.action.retry", identityPath)
	// errChanged: two tabs changed the draft at the same time.
	errChanged = fault.New(fault.Conflict, "wizard.changed").For("draft_changed").Offer("wizard.action.continue", StartPath)
)

// find opens the draft of this browser: errNone, ErrGone or a fault of the store.
func (z *Wizard) find(r *http.Request) (kept, error) {
	value, ok := z.Site.Cookie(r, draftCookie)
	if !ok || len(value) > maxSealed {
		return kept{}, errNone
	}
	now := z.Now()
	if sealed, ok := strings.CutPrefix(value, asDraft); ok {
		packed, err := z.Site.Keyring.Open(draftPurpose, now, sealed)
		if err != nil {
			return kept{}, errNone
		}
		d, err := draft.Unpack(packed)
		if err != nil {
			return kept{}, errNone
		}
		return kept{Draft: d}, nil
	}
	sealed, ok := strings.CutPrefix(value, asID)
	if !ok {
		return kept{}, errNone
	}
	id, err := z.Site.Keyring.Open(idPurpose, now, sealed)
	if err != nil {
		return kept{}, errNone
	}
	return z.stored(r, string(id))
}

// stored opens the draft of that id in the store.
func (z *Wizard) stored(r *http.Request, id string) (kept, error) {
	row, err := z.Drafts.Draft(r.Context(), z.rowID(id), z.Now())
	if fault.Is(err, fault.Gone) {
		return kept{}, ErrGone
	}
	if err != nil {
		return kept{}, err
	}
	packed, err := z.Site.Keyring.Open(rowPurpose, z.Now(), row.Sealed)
	if err != nil {
		return kept{}, ErrGone.Because(err)
	}
	d, err := draft.Unpack(packed)
	if err != nil || d.ID != id { // the row of one draft under the id of another
		return kept{}, ErrGone.Because(err)
	}
	return kept{Draft: d, row: &row}, nil
}

// rowID is how a row is found: a stolen table opens no draft.
func (z *Wizard) rowID(id string) []byte { return z.Site.Keyring.MAC(rowPurpose, id) }

// save keeps the draft where it is.
func (z *Wizard) save(w http.ResponseWriter, r *http.Request, k *kept) error {
	if k.row == nil {
		return z.saveInBrowser(w, k.Draft)
	}
	row, err := z.seal(k.Draft, k.row.Version+1)
	if err != nil {
		return err
	}
	err = z.Drafts.SaveDraft(r.Context(), row)
	if fault.Is(err, fault.Conflict) {
		return errChanged.Because(err)
	}
	if err != nil {
		return err
	}
	k.row = &row
	return z.point(w, k.ID)
}

func (z *Wizard) saveInBrowser(w http.ResponseWriter, d draft.Draft) error {
	packed, err := d.Pack()
	if err != nil {
		return err
	}
	if len(packed) > maxSealed {
		return errTooLarge
	}
	sealed, err := z.Site.Keyring.Seal(draftPurpose, z.Now().Add(browserLife), packed)
	if err != nil {
		return err
	}
	if len(asDraft)+len(sealed) > maxSealed {
		return errTooLarge
	}
	z.Site.SetCookie(w, draftCookie, asDraft+sealed, web.CookieOptions{})
	return nil
}

// seal makes the row of a draft.
func (z *Wizard) seal(d draft.Draft, version int) (Row, error) {
	packed, err := d.Pack()
	if err != nil {
		return Row{}, err
	}
	if len(packed) > maxStored {
		return Row{}, errTooLarge
	}
	until := z.Now().Add(rowLife)
	sealed, err := z.Site.Keyring.Seal(rowPurpose, until, packed)
	return Row{ID: z.rowID(d.ID), Sealed: sealed, Version: version, Expires: until}, err
}

// point leaves the id of a stored draft in the browser.
func (z *Wizard) point(w http.ResponseWriter, id string) error {
	sealed, err := z.Site.Keyring.Seal(idPurpose, z.Now().Add(rowLife), []byte(id))
	if err != nil {
		return err
	}
	z.Site.SetCookie(w, draftCookie, asID+sealed, web.CookieOptions{})
	return nil
}

func (z *Wizard) forget(w http.ResponseWriter) {
	z.Site.ClearCookie(w, draftCookie, web.CookieOptions{})
}

// at opens the draft for a page: without one the way begins at its start, and a step
// that is not reached yet leads to the one that is due.
func (z *Wizard) at(w http.ResponseWriter, r *http.Request, step draft.Step) (k kept, there bool, err error) {
	k, err = z.find(r)
	if errors.Is(err, errNone) {
		return k, false, web.Redirect(w, r, StartPath+"?lost=yes")
	}
	if errors.Is(err, ErrGone) {
		z.forget(w)
	}
	if err != nil {
		return k, false, err
	}
	if next := k.Next(); step > next {
		return k, false, web.Redirect(w, r, paths[next])
	}
	return k, true, nil
}

// onward leads to the step that is due.
func (z *Wizard) onward(w http.ResponseWriter, r *http.Request, k kept) error {
	return web.Redirect(w, r, paths[k.Next()])
}
