package gatewaydb

import (
	"context"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
)

// writeEvent appends an audit line that went well.
func writeEvent(ctx context.Context, q db.Execer, ev audit.Event, action, subject string) error {
	ev.Action, ev.Outcome, ev.Subject = action, audit.OK, subject
	return shareddb.AppendAudit(ctx, q, ev)
}

// NoteRead writes down that a clerk looked at somebody's data.
func (s *Store) NoteRead(ctx context.Context, ev audit.Event) error {
	return s.DB.One(ctx, func(q db.Queryer) error { return shareddb.AppendAudit(ctx, q, ev) })
}

func withDetail(d map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range d {
		out[k] = v
	}
	return out
}
