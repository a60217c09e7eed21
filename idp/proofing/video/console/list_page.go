package console

import (
	"net/http"
	"time"

	"atrio/idp/proofing/appointment"
	"atrio/idp/proofing/video/booking"
)

// shownDays is for how many days appointments are listed.
const shownDays = 7

// listView is the view of "videodesk/list": nothing on it says who comes.
type listView struct {
	Waiting   int
	Live      []string
	Days      []dayView
	Untrained bool
}

type dayView struct {
	Day  time.Time
	Rows []rowView
}

type rowView struct {
	At, Number string
	// Late: who has this appointment may be noted as not come.
	Late bool
}

// list shows how many wait, and the appointments.
func (c *Console) list(w http.ResponseWriter, r *http.Request) error {
	who, _ := c.Desk.Who(r)
	now := c.Desk.Now()
	v := listView{Untrained: who.Trained(now) != nil}
	var err error
	if v.Waiting, err = c.Store.Waiting(r.Context(), now.Add(-booking.Fresh)); err != nil {
		return err
	}
	live, err := c.Store.LiveOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	for _, one := range live {
		v.Live = append(v.Live, Path+"/"+one.ID)
	}
	year, month, day := now.In(appointment.Rome).Date()
	from := time.Date(year, month, day, 0, 0, 0, 0, appointment.Rome)
	list, err := c.Store.Appointments(r.Context(), "", from, from.AddDate(0, 0, shownDays))
	if err != nil {
		return err
	}
	for _, a := range list {
		local := a.At.In(appointment.Rome)
		if n := len(v.Days); n == 0 || v.Days[n-1].Day.Format(time.DateOnly) != local.Format(time.DateOnly) {
			v.Days = append(v.Days, dayView{Day: local})
		}
		last := &v.Days[len(v.Days)-1]
		last.Rows = append(last.Rows, rowView{local.Format("15:04"), string(a.Number), !now.Before(a.At.Add(patience))})
	}
	return c.Desk.Site.Page(w, r, http.StatusOK, "videodesk/list", v)
}
