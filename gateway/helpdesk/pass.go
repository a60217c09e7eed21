package helpdesk

import (
	"errors"
	"net/http"
	"strings"

	"atrio/base/fault"
	"atrio/web"
)

// passPurpose keeps what is sealed here apart from all else.
const passPurpose = "helpdesk-pass"

// Pass seals that this clerk searched for this account and said why: pages about a
// person open with it alone, so nobody looks without a reason that was written down.
func (h *Helpdesk) Pass(r *http.Request, accountID string) (string, error) {
	return h.Site.Keyring.Seal(passPurpose, h.Site.Now().Add(passLife), []byte(web.CurrentSession(r).Handle+" "+accountID))
}

// Of opens a pass: the account that this session may work on.
func (h *Helpdesk) Of(r *http.Request, pass string) (accountID string, err error) {
	plain, err := h.Site.Keyring.Open(passPurpose, h.Site.Now(), pass)
	session, accountID, _ := strings.Cut(string(plain), " ")
	if err != nil || session != web.CurrentSession(r).Handle {
		return "", fault.New(fault.Denied, "error.helpdesk.pass").For("desk_pass").Because(err).Offer("helpdesk.nav.search", Path)
	}
	// Within the hour the person may have come to another unit.
	if sees, err := h.Desk.Sees(r.Context(), accountID, h.Sight(r)); err != nil || !sees {
		return "", errors.Join(err, fault.New(fault.Denied, "error.helpdesk.pass").For("desk_unit").Offer("helpdesk.nav.search", Path))
	}
	return accountID, nil
}

// about reads a form about the person whom its pass names.
func (h *Helpdesk) about(r *http.Request) (f *web.Form, pass, id string, err error) {
	if f, err = web.ReadForm(r); err != nil {
		return nil, "", "", err
	}
	pass = f.Value("pass")
	id, err = h.Of(r, pass)
	return f, pass, id, err
}
