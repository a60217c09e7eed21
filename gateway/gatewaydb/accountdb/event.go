package accountdb

import (
	"context"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
)

// WriteEvent appends an audit line that went well.
func WriteEvent(ctx context.Context, q db.Execer, ev audit.Event, action, subject string) error {
	ev.Action, ev.Outcome, ev.Subject = action, audit.OK, subject
	return shareddb.AppendAudit(ctx, q, ev)
}

// WithDetail is the detail of an audit line with one more fact.
func WithDetail(d map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range d {
		out[k] = v
	}
	return out
}
