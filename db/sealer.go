package db

// Sealer makes parts of a row unreadable without keys, bound to texts beside them; a
// seal.RowKey is one.
type Sealer interface {
	Seal(bound []string, parts ...[]byte) []byte
	Open(bound []string, sealed []byte) ([][]byte, error)
}

// SealBy gives the database what seals rows that many packages write, so that none of them
// has to be handed keys. Without it such rows are in clear. The schema stays unknown here.
func (d *DB) SealBy(s Sealer) { d.sealer.Store(&s) }

// Sealer is the one of SealBy; nil without.
func (d *DB) Sealer() Sealer {
	if s := d.sealer.Load(); s != nil {
		return *s
	}
	return nil
}

// Sealer is the one of the database.
func (t *Tx) Sealer() Sealer { return t.sealer }

// Sealer is the one of the database.
func (s *single) Sealer() Sealer { return s.sealer }
