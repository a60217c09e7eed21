package deskdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/helpdesk"
)

// inSight is the condition that an account is one that a clerk finds, with what it adds
// to the arguments: everybody, or the people of the unit and those of none that has a
// clerk. A unit is of a person by the desk, by the first service that they went to, or by
// an affiliation that is not over. // G5.4, G2.5
func inSight(column string, s helpdesk.Sight, args ...any) (string, []any) {
	if !s.Narrow() {
		return "1 = 1", args
	}
	args = append(args, s.Unit)
	own := "$" + strconv.Itoa(len(args))
	var all []string
	for _, u := range s.Units {
		args = append(args, u)
		all = append(all, "$"+strconv.Itoa(len(args)))
	}
	if len(all) == 0 {
		all = []string{own}
	}
	args = append(args, db.Micros(s.Now))
	now := "$" + strconv.Itoa(len(args))
	of := func(which string) string {
		return `(EXISTS (SELECT 1 FROM account_unit au WHERE au.account_id = ` + column + ` AND au.unit ` + which + `)
			OR EXISTS (SELECT 1 FROM affiliation af WHERE af.account_id = ` + column + ` AND (af.until_at = 0 OR af.until_at > ` + now + `) AND af.unit ` + which + `))`
	}
	return `(` + of(`= `+own) + ` OR NOT ` + of(`IN (`+strings.Join(all, ", ")+`)`) + `)`, args
}

// Sees tells whether a clerk finds an account.
func (s *Store) Sees(ctx context.Context, accountID string, sight helpdesk.Sight) (bool, error) {
	sees, args := inSight("a.id", sight, accountID)
	var n int
	err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM account a WHERE a.id = $1 AND a.state <> 'erased' AND `+sees, args...).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("deskdb: sight: %w", err)
	}
	return n == 1, nil
}

// UnitsOf are the units of a person at a time: by the desk, by the first service, by what
// ties them to the institution now or later.
func (s *Store) UnitsOf(ctx context.Context, accountID string, now time.Time) ([]string, error) {
	return accountdb.Texts(ctx, s.DB.Read(), `SELECT unit FROM account_unit WHERE account_id = $1
		UNION SELECT unit FROM affiliation WHERE account_id = $1 AND unit <> '' AND (until_at = 0 OR until_at > $2) ORDER BY unit`, accountID, db.Micros(now))
}

func deskAssign(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	return accountdb.JoinUnit(ctx, tx, holder.ID, a.Other, accountdb.UnitOfDesk, a.Now)
}

func deskRelease(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM account_unit WHERE account_id = $1 AND unit = $2`, holder.ID, a.Other); err != nil {
		return fmt.Errorf("deskdb: leave unit: %w", err)
	}
	return nil
}
