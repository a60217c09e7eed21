package ledgerdb

import (
	"context"

	"atrio/gateway/account"
)

// SealOldBatch is one commit of SealOld, so that a test can end the job between two.
func (s *Store) SealOldBatch(ctx context.Context) (more bool, err error) { return s.sealOldBatch(ctx) }

// SealVisit is what a login pays for the ledger before its transaction.
func (s *Store) SealVisit(ctx context.Context, v account.Visit) error {
	_, err := s.RowOf(ctx, v)
	return err
}
