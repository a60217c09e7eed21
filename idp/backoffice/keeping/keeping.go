// Package keeping is the page on which supervisors read how long requests and their
// evidence are kept, what ends soon, what is held for a case, and what was destroyed. It
// names numbers of requests and no applicant. // I14
package keeping

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"atrio/idp/backoffice/operator"
	"atrio/idp/retention"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the page of this package and its texts.
func Pages() ui.Pages { return ui.Pages{Name: "keeping", FS: files} }

// Due is what one rule keeps since it ended: how many requests, how many of them go soon,
// and when the next does.
type Due struct {
	Rule      retention.ID
	All, Soon int
	Next      time.Time
}

// Hold is a request that is kept for a case; Until is when it would end, zero for not yet.
type Hold struct {
	Number, Case string
	Until        time.Time
}

// Gone is how many rows of a table, or items of evidence, a rule ended.
type Gone struct {
	Rule  retention.ID
	What  string
	Count int
	Last  time.Time
}

// Store reads the figures; idpdb implements it.
type Store interface {
	RetentionDue(ctx context.Context, soon time.Time) ([]Due, error)
	RetentionHolds(ctx context.Context, limit int) ([]Hold, error)
	Destroyed(ctx context.Context, since time.Time) ([]Gone, error)
}

// Board serves the page.
type Board struct {
	Desk  *operator.Desk
	Store Store
	Rules []retention.Rule
}

// Mount gives the page its address.
func (b *Board) Mount(m *web.Mux) {
	m.Get(operator.RetentionPath, b.show, b.Desk.Staff(operator.Supervisor))
}

const (
	soonDays  = 30
	lastDays  = 365
	mostHolds = 200
)

// view is the view of "keeping/retention".
type view struct {
	Soon, Last int
	Rules      []ruleView
	Holds      []Hold
	Gone       []Gone
}

type ruleView struct {
	retention.Rule
	Due
}

func (b *Board) show(w http.ResponseWriter, r *http.Request) error {
	ctx, now := r.Context(), b.Desk.Now()
	due, err := b.Store.RetentionDue(ctx, now.AddDate(0, 0, soonDays))
	if err != nil {
		return err
	}
	out := view{Soon: soonDays, Last: lastDays}
	for _, rule := range b.Rules {
		one := ruleView{Rule: rule}
		for _, d := range due {
			if d.Rule == rule.ID {
				one.Due = d
			}
		}
		out.Rules = append(out.Rules, one)
	}
	if out.Holds, err = b.Store.RetentionHolds(ctx, mostHolds); err != nil {
		return err
	}
	gone, err := b.Store.Destroyed(ctx, now.AddDate(0, 0, -lastDays))
	if err != nil {
		return err
	}
	out.Gone = inWords(gone)
	return b.Desk.Site.Page(w, r, http.StatusOK, "keeping/retention", out)
}

// inWords sums up tables that people have no word for.
func inWords(gone []Gone) (list []Gone) {
	for _, g := range gone {
		switch g.What {
		case "evidence", "said", "request", "identity":
		default:
			g.What = "rows"
		}
		i := slices.IndexFunc(list, func(o Gone) bool { return o.Rule == g.Rule && o.What == g.What })
		if i < 0 {
			list = append(list, g)
			continue
		}
		list[i].Count += g.Count
		if g.Last.After(list[i].Last) {
			list[i].Last = g.Last
		}
	}
	return list
}
