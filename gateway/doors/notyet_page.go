package doors

import (
	"net/http"

	"atrio/web"
)

// notYetView is the view of "doors/notyet".
type notYetView struct {
	Name string
	Ways []Way
	Back string
}

// notYet shows what is not available yet and what to use instead.
func (d *Doors) notYet(n NotYet) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		flow := flowOf(r)
		return d.Site.Page(w, r, http.StatusOK, "doors/notyet",
			notYetView{Name: n.Name, Ways: withAll(n.Ways, flow), Back: with("/login", flow)})
	}
}
