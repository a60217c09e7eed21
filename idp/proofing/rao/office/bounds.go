package office

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/web"
	"atrio/web/ui"
)

// The bounds of what is sealed: nobody sees a person in a minute all day, at one desk there
// is room for some of them, and nobody needs a token again and again. They are rows, so all
// nodes count together. // A16
const (
	operatorHour = "rao.operator.hour"
	operatorDay  = "rao.operator.day"
	deskHour     = "rao.desk.hour"
	deskDay      = "rao.desk.day"
	personDay    = "rao.person.day"
)

// Bounds are those of an operator, of a desk (a Point with all who work there) and of a
// person, by codice fiscale.
func Bounds() []ratelimit.Limit {
	return []ratelimit.Limit{
		{Name: operatorHour, Burst: 20, Per: time.Hour}, {Name: operatorDay, Burst: 80, Per: 24 * time.Hour},
		{Name: deskHour, Burst: 60, Per: time.Hour}, {Name: deskDay, Burst: 240, Per: 24 * time.Hour},
		{Name: personDay, Burst: 5, Per: 24 * time.Hour},
	}
}

// bounds are what one token counts in, beside those of all messages.
func (o *Office) bounds(c counter, person, phone string) (list []ratelimit.Bucket) {
	for _, limit := range Bounds() {
		by := c.at.ID
		switch limit.Name {
		case operatorHour, operatorDay:
			by = c.who.ID
		case personDay:
			by = person
		}
		list = append(list, o.Limiter.Bucket(limit, by))
	}
	return append(list, o.Limiter.Bucket(o.Limits.Number, phone), o.Limiter.Bucket(o.Limits.Prefix, phone[:min(6, len(phone))]), o.Limiter.Bucket(o.Limits.All))
}

// kinds says of a bound what the page tells about it.
var kinds = []string{"operator", "desk", "person"}

// full says which bound is reached and for how long. What was typed is still there.
func (o *Office) full(w http.ResponseWriter, r *http.Request, c counter, v formView, over string, wait time.Duration) error {
	if o.Desk.Site.Refused != nil {
		line := o.Desk.Event(r, audit.TokenSealed, "", map[string]string{"point": c.at.ID, "issuer": c.body.Code})
		line.Outcome, line.Reason = audit.Refused, "limit."+over
		o.Desk.Site.Refused(r.Context(), line)
	}
	kind := "messages"
	if i := slices.IndexFunc(kinds, func(k string) bool { return strings.HasPrefix(over, "rao."+k+".") }); i >= 0 {
		kind = kinds[i]
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	v.Errors = ui.Errors{{Key: "office.full." + kind, Args: []any{"until", o.Desk.Site.Pages.Catalog().DateTime(web.Lang(r), o.Desk.Now().Add(wait+time.Minute-1).Truncate(time.Minute))}}}
	return o.show(w, r, http.StatusTooManyRequests, c, v)
}

// odd tells that a desk is closed or the screen elsewhere. Whoever serves somebody late is
// not stopped; the line and the report have it. // A16
func (o *Office) odd(r *http.Request, c counter) string {
	var list []string
	if !c.at.Open(o.Desk.Now()) {
		list = append(list, "hours")
	}
	if !c.at.Here(web.ClientAddr(r)) {
		list = append(list, "place")
	}
	return strings.Join(list, " ")
}
