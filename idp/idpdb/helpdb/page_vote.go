package helpdb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/idp/useful"
)

var _ useful.Votes = (*Store)(nil)

// CountVote adds one answer about a page to the numbers of its day.
func (s *Store) CountVote(ctx context.Context, v useful.Vote) error {
	yes, no := 0, 1
	if v.Useful {
		yes, no = 1, 0
	}
	return s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO page_vote (page, language, day, yes, no) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (page, language, day) DO UPDATE SET yes = page_vote.yes + excluded.yes, no = page_vote.no + excluded.no`,
			v.Page, v.Language, db.Micros(v.Day), yes, no)
		if err != nil {
			return fmt.Errorf("idpdb: count vote: %w", err)
		}
		return nil
	})
}

// FoundUseful is how many answered Sì about a page, in all languages.
func (s *Store) FoundUseful(ctx context.Context, page string) (n int, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT COALESCE(sum(yes), 0) FROM page_vote WHERE page = $1`, page).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("idpdb: votes of a page: %w", err)
	}
	return n, nil
}

// PurgeVotes deletes the numbers of the days before a time.
func (s *Store) PurgeVotes(ctx context.Context, before time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM page_vote WHERE day < $1`, db.Micros(before))
		return err
	})
}
