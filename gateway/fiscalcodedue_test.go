package gateway_test

import (
	"net/http"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway"
)

// G3.3: who had no codice fiscale goes on without it until the day that they were told;
// then administrative services ask for it, and no others.
func TestAnOverdueCodiceFiscaleIsAskedForAtAdministrativeServices(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := newStageWith(t, d, func(s *stage, deps *gateway.Deps) { openAllDoors(s, deps) })
		s.plant()
		b := s.browser()
		s.typeIn(b, noor, secret)
		s.app(b) // two factors in this login
		s.exec(`INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at) SELECT id, 'fiscal_code', '', $1, 0, 0, 0 FROM account WHERE code = $2`,
			s.clock.Now().Add(10*time.Minute).UnixMicro(), string(noor))
		if to := s.finish(b, b.Get(s.authorize("tasse")).FormWith("citizenship"), "citizenship", "other"); to == "" || !s.opens(b, "tasse") {
			t.Fatalf("closed before the day: %s", to)
		}
		s.clock.Advance(10 * time.Minute)
		p := b.Get(s.authorize("tasse")).Expect(http.StatusForbidden, "Aggiungi il codice fiscale", "Entra con SPID", "Tasse")
		b.Follow(p, "Aggiungi il codice fiscale").Expect(http.StatusOK, "codice fiscale")
		if !s.refusedFor("needs_fiscal_code") || !s.opens(b, "mooc") {
			t.Error("no audit line, or other services are closed too")
		}
		s.exec(`UPDATE account_task SET done_at = $1`, s.clock.Now().UnixMicro())
		if !s.opens(b, "tasse") {
			t.Error("closed though the code came")
		}
	})
}
