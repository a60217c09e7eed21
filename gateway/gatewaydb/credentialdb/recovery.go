package credentialdb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/recovery"
)

var _ recovery.Store = (*Store)(nil)

// CredentialsByEmail finds the accounts that have an address, the oldest first.
func (s *Store) CredentialsByEmail(ctx context.Context, email string, most int) ([]credential.Credential, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+credentialColumns+` WHERE lower(a.email) = lower($1) AND a.state <> $3 ORDER BY a.created_at, a.id LIMIT $2`,
		email, most, string(account.Merged))
	if err != nil {
		return nil, fmt.Errorf("credentialdb: accounts of an address: %w", err)
	}
	defer rows.Close()
	var list []credential.Credential
	for rows.Next() {
		c, err := scanCredential(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// NoteRecovery queues a message and writes its audit lines, in one commit.
func (s *Store) NoteRecovery(ctx context.Context, m notify.Message, lines []audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, ev := range lines {
			if err := shareddb.AppendAudit(ctx, tx, ev); err != nil {
				return err
			}
		}
		return shareddb.QueueMessage(ctx, tx, m, lines[0].At)
	})
}
