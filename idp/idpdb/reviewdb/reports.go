package reviewdb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/idp/backoffice/reports"
	"atrio/idp/enrolment"
)

// RequestStates counts requests by state.
func (s *Store) RequestStates(ctx context.Context) (map[enrolment.State]int, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT state, count(*) FROM request GROUP BY state`)
	if err != nil {
		return nil, fmt.Errorf("idpdb: states: %w", err)
	}
	defer rows.Close()
	out := map[enrolment.State]int{}
	for rows.Next() {
		var state enrolment.State
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, fmt.Errorf("idpdb: states: %w", err)
		}
		out[state] = n
	}
	return out, rows.Err()
}

// Decisions sums up what operators decided since, by name of the operator.
func (s *Store) Decisions(ctx context.Context, since time.Time) (list []reports.Work, err error) {
	// How long a request stood is the time since the step before.
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT e.author, e.act, count(*), CAST(sum(e.at - p.at) AS BIGINT) FROM request_event e
		JOIN request_event p ON p.request = e.request AND p.n = e.n - 1
		WHERE e.act IN ('approve', 'reject', 'ask_again', 'suspect', 'clear') AND e.role IN ('approver', 'fraud') AND e.at > $1
		GROUP BY e.author, e.act ORDER BY e.author, e.act`, db.Micros(since))
	if err != nil {
		return nil, fmt.Errorf("idpdb: decisions: %w", err)
	}
	defer rows.Close()
	var waited, all int64 // of the operator at the end of the list
	for rows.Next() {
		var who string
		var act enrolment.Act
		var n, micros int64
		if err := rows.Scan(&who, &act, &n, &micros); err != nil {
			return nil, fmt.Errorf("idpdb: decisions: %w", err)
		}
		if len(list) == 0 || list[len(list)-1].Operator != who {
			list, waited, all = append(list, reports.Work{Operator: who}), 0, 0
		}
		w := &list[len(list)-1]
		*map[enrolment.Act]*int{
			enrolment.Approve: &w.Approved, enrolment.Reject: &w.Rejected, enrolment.AskAgain: &w.Asked, enrolment.Suspect: &w.Suspected, enrolment.Clear: &w.Cleared,
		}[act] += int(n)
		waited, all = waited+micros, all+n
		w.Waited = time.Duration(waited/all) * time.Microsecond
	}
	return list, rows.Err()
}

// mostLooks bounds the list of a report.
const mostLooks = 500

// Looks lists the sample since, what was found wrong first.
func (s *Store) Looks(ctx context.Context, since time.Time) (list []reports.Look, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT l.request, r.number, l.approver, l.looker, l.outcome, l.note, l.picked_at, l.looked_at
		FROM second_look l JOIN request r ON r.id = l.request WHERE l.picked_at > $1 ORDER BY l.outcome DESC, l.picked_at DESC LIMIT $2`, db.Micros(since), mostLooks)
	if err != nil {
		return nil, fmt.Errorf("idpdb: looks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l reports.Look
		var id, note string
		var picked, looked int64
		if err := rows.Scan(&id, &l.Number, &l.Approver, &l.Looker, &l.Outcome, &note, &picked, &looked); err != nil {
			return nil, fmt.Errorf("idpdb: looks: %w", err)
		}
		if l.Picked = db.FromMicros(picked); looked > 0 {
			l.Looked = db.FromMicros(looked)
			if err := s.Seals.Open(lookPurpose+id, l.Looked, note, &l.Note); err != nil {
				return nil, err
			}
		}
		list = append(list, l)
	}
	return list, rows.Err()
}
