// Package reports is what supervisors read of the operators' work: how many requests stand
// where, what each operator decided and how long people waited for it, and what second
// looks found. It names operators and numbers of requests, and no applicant. // A16, I11
package reports

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "reports", FS: files} }

// Work is what one operator decided.
type Work struct {
	Operator                                      string
	Approved, Rejected, Asked, Suspected, Cleared int
	// Waited is how long requests stood before they were decided, on average.
	Waited time.Duration
}

// Look is a request of the sample.
type Look struct {
	Number enrolment.Number
	// Approver decided, Looker looked again; "" while nobody did.
	Approver, Looker string
	// Outcome is "right", "wrong" or "" while nobody looked.
	Outcome, Note  string
	Picked, Looked time.Time
}

// Sealing is what one operator sealed at one desk of a public body.
type Sealing struct {
	Operator, Point string
	// Tokens is all of them, MostADay those of the busiest day; Odd were sealed while the
	// desk was closed or from a screen elsewhere.
	Tokens, MostADay, Odd int
}

// Store reads the figures; idpdb implements it.
type Store interface {
	// RequestStates counts requests by state.
	RequestStates(ctx context.Context) (map[enrolment.State]int, error)
	// Decisions sums up what operators decided since.
	Decisions(ctx context.Context, since time.Time) ([]Work, error)
	// Looks lists the sample since, what was found wrong first.
	Looks(ctx context.Context, since time.Time) ([]Look, error)
	// Sealings sums up the tokens that were sealed since, the most first.
	Sealings(ctx context.Context, since time.Time) ([]Sealing, error)
}

// Reports serves the page.
type Reports struct {
	Desk  *operator.Desk
	Store Store
	// PointName gives the name of a Point.
	PointName func(id string) string
}

// Mount gives the page its address.
func (v *Reports) Mount(m *web.Mux) {
	m.Get(operator.ReportsPath, v.show, v.Desk.Staff(operator.Supervisor))
}

// days is what the report looks back.
const days = 30

// view is the view of "reports/reports".
type view struct {
	Days     int
	States   []stateView
	Work     []workView
	Sealings []Sealing
	Looks    []lookView
}

type stateView struct {
	State string
	Count int
}

type workView struct {
	Name string
	Work
	Hours int
}

type lookView struct {
	Number, Approver, Looker, Outcome, Note string
	Looked                                  time.Time
}

// show gathers the figures.
func (v *Reports) show(w http.ResponseWriter, r *http.Request) error {
	since, ctx := v.Desk.Now().Add(-days*24*time.Hour), r.Context()
	out := view{Days: days}
	states, err := v.Store.RequestStates(ctx)
	if err != nil {
		return err
	}
	for _, s := range enrolment.States() {
		out.States = append(out.States, stateView{string(s), states[s]})
	}
	work, err := v.Store.Decisions(ctx, since)
	if err != nil {
		return err
	}
	for _, one := range work {
		out.Work = append(out.Work, workView{v.name(one.Operator), one, int(one.Waited.Round(time.Hour) / time.Hour)})
	}
	if out.Sealings, err = v.Store.Sealings(ctx, since); err != nil {
		return err
	}
	for i := range out.Sealings {
		s := &out.Sealings[i]
		s.Operator, s.Point = v.name(s.Operator), v.PointName(s.Point)
	}
	looks, err := v.Store.Looks(ctx, since)
	if err != nil {
		return err
	}
	for _, l := range looks {
		out.Looks = append(out.Looks, lookView{string(l.Number), v.name(l.Approver), v.name(l.Looker), l.Outcome, l.Note, l.Looked})
	}
	return v.Desk.Site.Page(w, r, http.StatusOK, "reports/reports", out)
}

func (v *Reports) name(id string) string {
	if o, ok := v.Desk.Roster.Find(id); ok {
		return o.Name
	}
	return id
}
