package helpdb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/help"
)

var _ help.Votes = (*Store)(nil)

// CountVote adds one answer about a page of help to the numbers of its day.
func (s *Store) CountVote(ctx context.Context, v help.Vote) error {
	yes, no := 0, 1
	if v.Useful {
		yes, no = 1, 0
	}
	return s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO help_vote (topic, language, day, yes, no) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (topic, language, day) DO UPDATE SET yes = help_vote.yes + excluded.yes, no = help_vote.no + excluded.no`,
			v.Topic, v.Language, db.Micros(v.Day), yes, no)
		if err != nil {
			return fmt.Errorf("helpdb: count vote: %w", err)
		}
		return nil
	})
}

// FoundUseful is how many answered Sì about a page, in all languages.
func (s *Store) FoundUseful(ctx context.Context, topic string) (n int, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT COALESCE(sum(yes), 0) FROM help_vote WHERE topic = $1`, topic).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("helpdb: votes of a page: %w", err)
	}
	return n, nil
}

// HelpVotes sums up what was answered about each page since a day.
func (s *Store) HelpVotes(ctx context.Context, since time.Time) ([]help.Total, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT topic, language, sum(yes), sum(no) FROM help_vote WHERE day >= $1
		GROUP BY topic, language ORDER BY topic, language`, db.Micros(since))
	if err != nil {
		return nil, fmt.Errorf("helpdb: votes: %w", err)
	}
	defer rows.Close()
	var list []help.Total
	for rows.Next() {
		var t help.Total
		if err := rows.Scan(&t.Topic, &t.Language, &t.Yes, &t.No); err != nil {
			return nil, fmt.Errorf("helpdb: votes: %w", err)
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// PurgeVotes deletes the numbers of the days before a time.
func (s *Store) PurgeVotes(ctx context.Context, before, now time.Time) error {
	_, err := accountdb.Over{Table: "help_vote", Key: "topic, language, day", When: "day < $1", Until: before}.Purge(ctx, s.DB, now)
	return err
}
