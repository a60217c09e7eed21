package console

import (
	"net/http"

	"atrio/idp/enrolment"
	"atrio/web"
)

// readTicks reads the checklist.
func readTicks(f *web.Form) (checks map[string]bool, list []tickView) {
	checks = map[string]bool{}
	for _, key := range ticks {
		checks[key] = f.Bool("tick_" + key)
	}
	return checks, tickList(func(key string) bool { return checks[key] })
}

// check keeps what was ticked so far, so that an interrupted session goes on. // I8
func (c *Console) check(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := c.acting(r)
	if err != nil {
		return err
	}
	if err := v.seen(f); err != nil {
		return err
	}
	checks, list := readTicks(f)
	if !f.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, v, requestView{Errors: f.Errors, Ticks: list})
	}
	change := enrolment.Change{Act: enrolment.Check, Edit: func(q *enrolment.Request) {
		q.Data.Checks, q.Data.CheckedBy = checks, v.who.ID
	}}
	if err := c.take(r, &v, change); err != nil {
		return err
	}
	c.Desk.Site.Notice(w, "console.notice.saved")
	return web.Redirect(w, r, pathOf(v.request.Number))
}
