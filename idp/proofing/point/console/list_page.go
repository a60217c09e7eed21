package console

import (
	"net/http"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/proofing/appointment"
	"atrio/web"
	"atrio/web/ui"
)

// shownDays is for how many days appointments are listed.
const shownDays = 7

// listView is the view of "console/list": nothing on it says who comes.
type listView struct {
	ui.Errors
	Point, Address, Typed string
	Days                  []dayView
	// Seals: the Point is an office of a public body, which seals tokens.
	Seals     bool
	Untrained bool
}

type dayView struct {
	Day  time.Time
	Rows []rowView
}

type rowView struct{ At, Number, State, URL string }

// list shows the appointments of the operator's Point, and leads to the request whose
// number was typed: by hand, or by a scanner that reads the code and types.
func (c *Console) list(w http.ResponseWriter, r *http.Request) error {
	v, err := c.here(r)
	if err != nil {
		return err
	}
	q, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	view := listView{Point: v.at.Name, Address: v.at.Address(), Typed: q.Text("number", web.Max(32)), Untrained: v.who.Trained(c.Desk.Now()) != nil}
	circuit, _ := c.Directory.Circuit(v.at.Circuit)
	view.Seals = circuit.RAO
	status := http.StatusOK
	if view.Typed != "" {
		n, ok := enrolment.ParseNumber(view.Typed)
		if ok {
			return web.Redirect(w, r, pathOf(n))
		}
		status, view.Errors = http.StatusUnprocessableEntity, ui.Errors{{Field: "number", Key: "console.number.form"}}
	}
	year, month, day := c.Desk.Now().In(appointment.Rome).Date()
	from := time.Date(year, month, day, 0, 0, 0, 0, appointment.Rome)
	list, err := c.Store.Appointments(r.Context(), v.at.ID, from, from.AddDate(0, 0, shownDays))
	if err != nil {
		return err
	}
	for _, a := range list {
		local := a.At.In(appointment.Rome)
		if n := len(view.Days); n == 0 || view.Days[n-1].Day.Format(time.DateOnly) != local.Format(time.DateOnly) {
			view.Days = append(view.Days, dayView{Day: local})
		}
		last := &view.Days[len(view.Days)-1]
		last.Rows = append(last.Rows, rowView{local.Format("15:04"), string(a.Number), string(a.State), pathOf(a.Number)})
	}
	return c.Desk.Site.Page(w, r, status, "console/list", view)
}
