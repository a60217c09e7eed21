package accessdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/gateway/gatewaydb/accountdb"
)

const declarationColumns = `id, account_id, number, reason, made_by, made_at, until_at, withdrawn_at, reminded`

// Declarations lists those of an account, oldest first, without their words.
func (s *Store) Declarations(ctx context.Context, accountID string) ([]declaration.Declaration, error) {
	return declarations(ctx, s.DB.Read(), `WHERE account_id = $1 ORDER BY number`, accountID)
}

func declarations(ctx context.Context, q db.Queryer, where string, args ...any) ([]declaration.Declaration, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+declarationColumns+` FROM declaration `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("accessdb: declarations: %w", err)
	}
	defer rows.Close()
	var list []declaration.Declaration
	for rows.Next() {
		var d declaration.Declaration
		var reason string
		var made, until, withdrawn int64
		if err := rows.Scan(&d.ID, &d.AccountID, &d.Number, &reason, &d.By, &made, &until, &withdrawn, &d.Reminded); err != nil {
			return nil, fmt.Errorf("accessdb: declarations: %w", err)
		}
		d.Reason, d.Made, d.Until = declaration.Reason(reason), db.FromMicros(made), db.FromMicros(until)
		if withdrawn != 0 {
			d.Withdrawn = db.FromMicros(withdrawn)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// wordsPurpose binds sealed words to this use.
const wordsPurpose = "declaration"

// Declare makes a declaration with its audit line and mail. The unique number of the
// account decides between two at once; the other gets declaration.ErrAlready.
func (s *Store) Declare(ctx context.Context, c account.Change, d declaration.Declaration) error {
	words := ""
	if d.Words != "" {
		var err error
		if words, err = s.Ring.Seal(wordsPurpose, d.Until.Add(declaration.WordsKept), []byte(d.Words)); err != nil {
			return fmt.Errorf("accessdb: seal words: %w", err)
		}
	}
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		if err := unended(ctx, tx, d, c.AccountID); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO declaration (`+declarationColumns+`, words) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8)`,
			account.NewID(), c.AccountID, d.Number, string(d.Reason), d.By, db.Micros(d.Made), db.Micros(d.Until), words)
		if err != nil {
			return fmt.Errorf("accessdb: declare: %w", err)
		}
		return accountdb.Tell(ctx, tx, c, a, c.Event, audit.DeclarationMade)
	})
	if db.IsUnique(err) {
		return declaration.ErrAlready.Because(err)
	}
	return err
}

// unended refuses a person whose last declaration a review ended in between: only the
// help desk goes on then.
func unended(ctx context.Context, tx *db.Tx, d declaration.Declaration, accountID string) error {
	if d.By != declaration.BySelf {
		return nil
	}
	ended, err := accountdb.Texts(ctx, tx, `SELECT id FROM declaration WHERE account_id = $1 AND number = $2 AND withdrawn_at > 0`, accountID, d.Number-1)
	if err != nil || len(ended) == 0 {
		return err
	}
	return declaration.ErrDesk
}

// ErrNoDeclaration: there is none that holds.
var ErrNoDeclaration = fault.New(fault.NotFound, "error.not_found").For("no_declaration")

// Withdraw ends the declaration that holds, after a review.
func (s *Store) Withdraw(ctx context.Context, c account.Change) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Hold(ctx, tx, c.AccountID) // of a frozen account too: it would come back
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE declaration SET withdrawn_at = $1, until_at = $1
			WHERE account_id = $2 AND until_at > $1 AND withdrawn_at = 0
			AND number = (SELECT max(number) FROM declaration WHERE account_id = $2)`, db.Micros(c.Now), c.AccountID)
		if err != nil {
			return fmt.Errorf("accessdb: withdraw declaration: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNoDeclaration)
		}
		return accountdb.Tell(ctx, tx, c, a, c.Event, audit.DeclarationEnded)
	})
}

// Words opens what the person wrote; "" when there is nothing, or no longer.
func (s *Store) Words(ctx context.Context, id string, now time.Time) (string, error) {
	var sealed string
	if err := s.DB.Read().QueryRowContext(ctx, `SELECT words FROM declaration WHERE id = $1`, id).Scan(&sealed); err != nil {
		return "", fmt.Errorf("accessdb: words: %w", err)
	}
	if sealed == "" || s.Ring == nil {
		return "", nil
	}
	words, err := s.Ring.Open(wordsPurpose, now, sealed)
	return string(words), err
}

// RemindDeclarations sends what is due: the n-th reminder so long before the end as the
// n-th length says. A counter in the same commit sends each once, whatever node runs.
func (s *Store) RemindDeclarations(ctx context.Context, now time.Time, before []time.Duration, tell func(account.Account, declaration.Declaration) notify.Message) error {
	for n, early := range before {
		due, err := declarations(ctx, s.DB.Read(), `WHERE reminded <= $1 AND until_at > $2 AND until_at <= $3 AND withdrawn_at = 0
			AND number = (SELECT max(number) FROM declaration newer WHERE newer.account_id = declaration.account_id) ORDER BY until_at LIMIT $4`,
			n, db.Micros(now), db.Micros(now.Add(early)), accountdb.PurgeBatch)
		if err != nil {
			return err
		}
		for _, d := range due {
			if n+1 < len(before) && !d.Until.After(now.Add(before[n+1])) {
				continue // the next one is due already: one mail, not two
			}
			if err := s.remind(ctx, d, n+1, now, tell); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) remind(ctx context.Context, d declaration.Declaration, n int, now time.Time, tell func(account.Account, declaration.Declaration) notify.Message) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE declaration SET reminded = $1 WHERE id = $2 AND reminded < $1`, n, d.ID)
		if err != nil {
			return fmt.Errorf("accessdb: remind: %w", err)
		}
		if sent, err := res.RowsAffected(); err != nil || sent == 0 {
			return err
		}
		a, found, err := accountdb.One(ctx, tx, `FROM account a WHERE a.id = $1`, d.AccountID)
		if err != nil || !found || a.State != account.Active {
			return err
		}
		return shareddb.QueueMessage(ctx, tx, tell(a, d), now)
	})
}

// ForgetWords deletes what people wrote in declarations that ended before, and says how
// many. // G2.3
func (s *Store) ForgetWords(ctx context.Context, endedBefore time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE declaration SET words = '' WHERE words <> '' AND until_at <= $1`, db.Micros(endedBefore))
		if err != nil {
			return fmt.Errorf("accessdb: forget words: %w", err)
		}
		n, err := res.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		ev := audit.Event{At: endedBefore.Add(declaration.WordsKept), Role: "gateway", Detail: map[string]string{"rows": strconv.FormatInt(n, 10)}}
		return accountdb.WriteEvent(ctx, tx, ev, audit.DeclarationWordsDeleted, "")
	})
}

// Figures are the declarations of one reason.
type Figures struct{ Made, Valid, Withdrawn int }

// DeclarationFigures count by reason what was made since a time, what is valid now, and
// what a review ended since; they name nobody. // G2.3
func (s *Store) DeclarationFigures(ctx context.Context, since, now time.Time) (map[declaration.Reason]Figures, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT reason,
			sum(CASE WHEN made_at >= $1 THEN 1 ELSE 0 END), sum(CASE WHEN until_at > $2 THEN 1 ELSE 0 END), sum(CASE WHEN withdrawn_at >= $1 AND withdrawn_at > 0 THEN 1 ELSE 0 END)
		FROM declaration GROUP BY reason`, db.Micros(since), db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("accessdb: figures of declarations: %w", err)
	}
	defer rows.Close()
	all := map[declaration.Reason]Figures{}
	for rows.Next() {
		var reason string
		var f Figures
		if err := rows.Scan(&reason, &f.Made, &f.Valid, &f.Withdrawn); err != nil {
			return nil, fmt.Errorf("accessdb: figures of declarations: %w", err)
		}
		all[declaration.Reason(reason)] = f
	}
	return all, rows.Err()
}
