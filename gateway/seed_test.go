package gateway_test

import (
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
)

// The demonstration plants its people at every start: those that are there cost no hash,
// whose memory would stay with an idle program. // DESIGN 6
func TestPlantingWhoIsThereHashesNothing(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		w := newWeighed(t, d)
		w.plant()
		once := w.hashes.n.Load()
		w.plant()
		if again := w.hashes.n.Load() - once; once != 1 || again != 0 {
			t.Errorf("%d hashes at first, %d again", once, again)
		}
		if n := w.count(`SELECT count(*) FROM account`); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
}
