package helpdesk

import (
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/gateway/access"
	"atrio/web"
)

// accessView is the view of "helpdesk/access".
type accessView struct {
	Pass, Code string
	// Services are those of the register, Service the one that is asked about; "" is the
	// person's own account.
	Services []serviceView
	Service  string
	Rows     []accessRow
}

type serviceView struct{ ID, Name string }

// accessRow is one way of coming in.
type accessRow struct {
	Door, Outcome, Why string
	// Level is set for doors of a state, Factors for the others.
	Level, Factors int
	Until          time.Time
	Ways           []string
	Trail          []accessStep
}

type accessStep struct{ Rule, Effect, Title, Why string }

// access answers "what would happen to this person at this service, and why?" with the
// very rules that decide at the door. // G2.7
func (h *Helpdesk) access(w http.ResponseWriter, r *http.Request) error {
	pass, service := r.URL.Query().Get("pass"), r.URL.Query().Get("service")
	id, err := h.Of(r, pass)
	if err != nil {
		return err
	}
	a, err := h.People.Account(r.Context(), id)
	if err != nil {
		return err
	}
	lang := web.Lang(r)
	v := accessView{Pass: pass, Code: string(a.Code), Service: service}
	known := service == ""
	for _, one := range h.Services {
		v.Services = append(v.Services, serviceView{one, h.ServiceName(one, lang)})
		known = known || one == service
	}
	if !known {
		return fault.New(fault.NotFound, "error.not_found").For("no_service").Offer("helpdesk.nav.search", Path)
	}
	table, err := h.Explain(r.Context(), id, service)
	if err != nil {
		return err
	}
	for _, one := range table {
		v.Rows = append(v.Rows, rowOf(one, lang))
	}
	return h.Site.Page(w, r, http.StatusOK, "helpdesk/access", v)
}

func rowOf(t access.Told, lang string) accessRow {
	row := accessRow{Door: string(t.Door), Outcome: string(t.Outcome.Kind), Why: t.Outcome.Why.In(lang), Level: int(t.Level), Until: t.Outcome.Until}
	if !t.ByState() {
		row.Factors = 1
		if t.SecondFactor {
			row.Factors = 2
		}
	}
	for _, w := range t.Outcome.Ways {
		row.Ways = append(row.Ways, string(w))
	}
	for _, s := range t.Trail {
		rule, _ := access.Lookup(s.Rule)
		row.Trail = append(row.Trail, accessStep{string(s.Rule), string(s.Effect), rule.Title.In(lang), s.Why.In(lang)})
	}
	return row
}
