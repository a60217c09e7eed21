package registrationdb_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/registration"
)

func TestTriesOfAContactCodeAreCountedTogether(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, nil)
		send(t, s, gatewaydbtest.Start.Add(10*time.Minute))
		var wg sync.WaitGroup
		var mu sync.Mutex
		allowed := 0
		for range 30 {
			wg.Go(func() {
				c, err := s.TryCode(context.WithoutCancel(t.Context()), "journey", 5, gatewaydbtest.Start)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && string(c.Code) == "code":
					allowed++
				case !fault.Is(err, fault.Gone):
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if allowed != 5 {
			t.Errorf("%d tries of 30 were allowed", allowed)
		}
		send(t, s, gatewaydbtest.Start.Add(10*time.Minute)) // a new code has tries of its own
		if _, err := s.TryCode(t.Context(), "journey", 5, gatewaydbtest.Start); err != nil {
			t.Error(err)
		}
		if _, err := s.TryCode(t.Context(), "journey", 5, gatewaydbtest.Start.Add(11*time.Minute)); !fault.Is(err, fault.Gone) {
			t.Errorf("an expired code: %v", err)
		}
		if _, err := s.TryCode(t.Context(), "another", 5, gatewaydbtest.Start); !fault.Is(err, fault.Gone) {
			t.Errorf("an unknown journey: %v", err)
		}
		if err := s.Purge(t.Context(), gatewaydbtest.Start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM contact_code`); n != 0 {
			t.Errorf("%d rows left", n)
		}
	})
}

func send(t *testing.T, s *gatewaydb.Store, expires time.Time) {
	t.Helper()
	err := s.SendCode(t.Context(), registration.ContactCode{Journey: "journey", Address: []byte("a"), Code: []byte("code"), Expires: expires},
		notify.Message{Channel: notify.Mail, To: "a@example.it", Text: "x"}, audit.Event{At: gatewaydbtest.Start, Role: "gateway"})
	if err != nil {
		t.Fatal(err)
	}
}
