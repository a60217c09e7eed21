// Package declarations is where the help desk looks at the declarations of people who
// cannot use SPID or CIE: the queue, the review with its reason and whom to ask, the
// renewal that a person cannot make alone, the figures.
//
// Why somebody declared may say something about health: the queue shows no reason and no
// name, and what a person wrote is shown after the look was written down. How long one
// lasts is declaration's, the rows are gatewaydb's; to open for all while a door is down is
// the operator's command (app/rulescmd). G2.3, G5.4
package declarations

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/gateway/helpdesk"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "declarations", FS: files} }

// Addresses of the queue; the first one stands in the navigation of the desk.
const (
	Path       = helpdesk.DeclarationsPath
	openPath   = "/helpdesk/declarations/open"
	personPath = "/helpdesk/declaration"
	reviewPath = "/helpdesk/declaration/review"
	renewPath  = "/helpdesk/declaration/renew"
)

// State is what the queue is narrowed by.
type State string

// The states. What waits for a review comes first; one that ended long ago is forgotten
// by the rules, and shown nowhere but with its person.
const (
	Unreviewed State = "unreviewed" // it holds, and nobody at the desk has looked at it
	Reviewed   State = "reviewed"   // it holds, and was found right
	Ended      State = "ended"      // in the last year
	Withdrawn  State = "withdrawn"  // by a review
)

// States in the order of the filter.
func States() []State { return []State{Unreviewed, Reviewed, Ended, Withdrawn} }

// Row is the last declaration of a person, as the queue shows it.
type Row struct {
	Code                   account.Code
	Number                 int
	By                     string
	Made, Until, Withdrawn time.Time
}

// Figures are the declarations of one reason; they name nobody.
type Figures struct {
	Reason                 declaration.Reason
	Made, Valid, Withdrawn int
}

// Store keeps declarations.
type Store interface {
	// DeclarationQueue are the last declarations of people in sight that are in a state,
	// those that end first at the top.
	DeclarationQueue(ctx context.Context, st State, s helpdesk.Sight, now time.Time) ([]Row, error)
	// DeclarationsByReason count what was made since a time, what holds now, and what a
	// review ended since.
	DeclarationsByReason(ctx context.Context, since, now time.Time) ([]Figures, error)
	// Declarations of an account, without their words; Words opens those of one.
	Declarations(ctx context.Context, accountID string) ([]declaration.Declaration, error)
	Words(ctx context.Context, id string, now time.Time) (string, error)
	// AcceptDeclaration notes that a review found the one that holds right.
	AcceptDeclaration(ctx context.Context, c account.Change) error
	// Withdraw ends the one that holds, after a review.
	Withdraw(ctx context.Context, c account.Change) error
	// Declare makes one at the desk.
	Declare(ctx context.Context, c account.Change, d declaration.Declaration) error
	// DeclarationReviewed tells whether the last one of an account was found right.
	DeclarationReviewed(ctx context.Context, accountID string) (bool, error)
}

// Review serves the pages.
type Review struct {
	Desk  *helpdesk.Helpdesk
	Store Store
	Terms func() declaration.Terms
	// Contact is whom people may ask, as the form proposes it.
	Contact string
}

// Mount gives the pages their addresses.
func (v *Review) Mount(m *web.Mux) {
	m.Get(Path, v.list, v.Desk.Clerks)
	m.Post(openPath, v.open, v.Desk.Clerks, v.Desk.Limit)
	m.Get(personPath, v.show, v.Desk.Clerks)
	m.Post(reviewPath, v.review, v.Desk.Clerks, v.Desk.Limit)
	m.Post(renewPath, v.renew, v.Desk.Clerks, v.Desk.Limit)
}

// errGone: not in sight and not there are one answer. // G5.4
var errGone = fault.New(fault.Conflict, "error.declarations.gone").For("declaration_gone").Offer("declarations.back", Path)

// listView is the view of "declarations/list".
type listView struct {
	State   string
	States  []string
	Rows    []Row
	Figures []Figures
}

// list shows what is in a state, and the figures.
func (v *Review) list(w http.ResponseWriter, r *http.Request) error {
	state, now := State(r.URL.Query().Get("state")), v.Desk.Site.Now()
	if !slices.Contains(States(), state) {
		state = Unreviewed
	}
	view := listView{State: string(state)}
	for _, s := range States() {
		view.States = append(view.States, string(s))
	}
	var err error
	if view.Rows, err = v.Store.DeclarationQueue(r.Context(), state, v.Desk.Sight(r), now); err != nil {
		return err
	}
	for i := range view.Rows {
		view.Rows[i].Until = declaration.LastDay(view.Rows[i].Until)
	}
	if view.Figures, err = v.Store.DeclarationsByReason(r.Context(), now.Add(-declaration.Memory), now); err != nil {
		return err
	}
	return v.Desk.Site.Page(w, r, http.StatusOK, "declarations/list", view)
}
