package spiddoor

import (
	"net/http"

	"atrio/web"
)

// logoutView is the view of "spiddoor/logout".
type logoutView struct{ SignedIn bool }

// logout answers at the address that the metadata must name. Sessions at a
// provider exist at level 1 only, and this gateway does not take part in their
// common logout yet: the page says so and offers the way out of this session.
// Whatever was sent is not read. // Avviso SPID 3
func (d *Door) logout(w http.ResponseWriter, r *http.Request) error {
	return d.Site.Page(w, r, http.StatusUnprocessableEntity, "spiddoor/logout", logoutView{SignedIn: web.CurrentSession(r) != nil})
}
