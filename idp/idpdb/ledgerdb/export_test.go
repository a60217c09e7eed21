package ledgerdb

import (
	"context"
)

// SealOldBatch is one commit of SealOld, so that a test can end the job between two.
func (s *Store) SealOldBatch(ctx context.Context) (more bool, err error) { return s.sealOldBatch(ctx) }
