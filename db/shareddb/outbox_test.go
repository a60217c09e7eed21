package shareddb_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"atrio/base/notify"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/shareddb"
)

func message(n int) notify.Message {
	return notify.Message{
		Channel: notify.Mail, To: fmt.Sprintf("p%d@example.it", n), Subject: "Codice", Text: "Il codice è 123456", HTML: "<p>è</p>",
		Lang: "it", Reference: fmt.Sprint("ref", n), Expires: now.Add(10 * time.Minute),
	}
}

func queue(t *testing.T, s *shareddb.Store, messages ...notify.Message) {
	t.Helper()
	inTx(t, s, func(ctx context.Context, q db.Queryer) error {
		for _, m := range messages {
			if err := shareddb.QueueMessage(ctx, q, m, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func claimMail(t *testing.T, s *shareddb.Store, at time.Time, limit int) []notify.Queued {
	t.Helper()
	list, err := s.ClaimMessages(t.Context(), notify.Mail, at, time.Minute, limit)
	must(t, err)
	return list
}

func TestMessageIsQueuedOnlyIfTheTransactionCommits(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		ctx := t.Context()
		failed := errors.New("no")
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			return errors.Join(shareddb.QueueMessage(ctx, tx, message(1), now), failed)
		})
		if due, derr := s.MessagesDue(ctx, notify.Mail, now); !errors.Is(err, failed) || derr != nil || due {
			t.Fatalf("%v, due %v, %v", err, due, derr)
		}
		queue(t, s, message(1))
		due, err := s.MessagesDue(ctx, notify.Mail, now)
		if sms, serr := s.MessagesDue(ctx, notify.SMS, now); err != nil || serr != nil || !due || sms {
			t.Fatalf("mail %v %v, sms %v %v", due, err, sms, serr)
		}
		list := claimMail(t, s, now, 10)
		if len(list) != 1 || !reflect.DeepEqual(list[0].Message, message(1)) || !list[0].QueuedAt.Equal(now) || list[0].Attempts != 0 {
			t.Fatalf("got %+v", list)
		}
	})
}

func TestClaimedMessageIsHiddenUntilTheLeaseEnds(t *testing.T) {
	eachPair(t, func(t *testing.T, nodes [2]*shareddb.Store) {
		a, b := nodes[0], nodes[1]
		queue(t, a, message(1), message(2), message(3))
		if got := claimMail(t, a, now, 2); len(got) != 2 || got[0].Message.Reference != "ref1" || got[1].Message.Reference != "ref2" {
			t.Fatalf("oldest first: %+v", got)
		}
		if got := claimMail(t, b, now, 10); len(got) != 1 || got[0].Message.Reference != "ref3" {
			t.Fatalf("got %+v", got)
		}
		if got := claimMail(t, b, now.Add(59*time.Second), 10); len(got) != 0 {
			t.Fatalf("got %+v", got)
		}
		if got := claimMail(t, b, now.Add(time.Minute), 10); len(got) != 3 {
			t.Fatalf("after the lease: %+v", got)
		}
	})
}

func TestSentAndGivenUpMessagesForgetThePerson(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		ctx := t.Context()
		queue(t, s, message(1), message(2))
		list := claimMail(t, s, now, 10)
		sent, failing := list[0].ID, list[1].ID
		must(t, s.MessageSent(ctx, sent, now))
		must(t, s.MessageFailed(ctx, failing, now, now.Add(5*time.Minute), "greylisted"))
		if got := claimMail(t, s, now.Add(4*time.Minute), 10); len(got) != 0 {
			t.Fatalf("too early: %+v", got)
		}
		again := claimMail(t, s, now.Add(5*time.Minute), 10)
		if len(again) != 1 || again[0].ID != failing || again[0].Attempts != 1 || again[0].Message.To == "" {
			t.Fatalf("got %+v", again)
		}
		must(t, s.MessageFailed(ctx, failing, now, time.Time{}, "no such user"))
		must(t, s.MessageFailed(ctx, sent, now, now, "a late answer")) // does nothing
		if got := claimMail(t, s, now.Add(time.Hour), 10); len(got) != 0 {
			t.Fatalf("finished messages came back: %+v", got)
		}
		var left, sentRows int
		err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*), sum(sent) FROM outbox
			WHERE recipient = '' AND subject = '' AND body = '' AND html = '' AND done_at > 0`).Scan(&left, &sentRows)
		if err != nil || left != 2 || sentRows != 1 {
			t.Fatalf("%v: %d forgotten, %d sent", err, left, sentRows)
		}
		must(t, s.PurgeMessages(ctx, now.Add(30*24*time.Hour)))
		if n := rows(t, s, "outbox"); n != 0 {
			t.Fatalf("%d records left", n)
		}
	})
}

func TestTwoNodesClaimEachMessageOnce(t *testing.T) {
	eachPair(t, func(t *testing.T, nodes [2]*shareddb.Store) {
		const total = 200
		for n := range total {
			if n%50 == 0 {
				batch := make([]notify.Message, 0, 50)
				for i := range 50 {
					batch = append(batch, message(n+i))
				}
				queue(t, nodes[0], batch...)
			}
		}
		var mu sync.Mutex
		seen := map[int64]int{}
		var work sync.WaitGroup
		for n := range 8 {
			work.Go(func() {
				for {
					list, err := nodes[n%2].ClaimMessages(t.Context(), notify.Mail, now, time.Minute, 7)
					if err != nil {
						t.Error(err)
						return
					}
					if len(list) == 0 {
						return
					}
					if len(list) > 7 {
						t.Errorf("%d messages, limit 7", len(list))
					}
					mu.Lock()
					for _, m := range list {
						seen[m.ID]++
					}
					mu.Unlock()
				}
			})
		}
		work.Wait()
		if len(seen) != total {
			t.Fatalf("%d of %d messages claimed", len(seen), total)
		}
		for id, times := range seen {
			if times != 1 {
				t.Errorf("message %d was claimed %d times", id, times)
			}
		}
	})
}

// A32: a message that waits says nothing to who has the database alone.
func TestAMessageThatWaitsIsSealed(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		queue(t, s, message(1)) // before the role sealed
		ring := func(fill byte) *seal.Keyring {
			return seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{fill}})
		}
		shareddb.SealRows(s.DB, ring(1))
		queue(t, s, message(2), message(3), message(4))
		var clear, sealed int
		err := s.DB.Read().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM outbox WHERE recipient || subject || body || html <> ''), (SELECT count(*) FROM outbox WHERE length(sealed) > 60)`).
			Scan(&clear, &sealed)
		if err != nil || clear != 1 || sealed != 3 {
			t.Fatalf("%d in clear, %d sealed, %v", clear, sealed, err)
		}
		inTx(t, s, func(ctx context.Context, q db.Queryer) error {
			// Whoever changes what it is for, or puts another in its place, gets nothing sent.
			_, err := q.ExecContext(ctx, `UPDATE outbox SET reference = 'ref4' WHERE id = (SELECT max(id) FROM outbox) - 1`)
			return err
		})
		list := claimMail(t, s, now, 10)
		if len(list) != 3 {
			t.Fatalf("%d messages", len(list))
		}
		for n, want := range []notify.Message{message(1), message(2), message(4)} {
			if !reflect.DeepEqual(list[n].Message, want) {
				t.Errorf("got %+v\nwant %+v", list[n].Message, want)
			}
			must(t, s.MessageSent(t.Context(), list[n].ID, now))
		}
		var left, broken int
		err = s.DB.Read().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM outbox WHERE length(sealed) > 0 OR done_at = 0), (SELECT count(*) FROM outbox WHERE reason = 'sealed_broken' AND sent = 0)`).
			Scan(&left, &broken)
		if err != nil || left != 0 || broken != 1 {
			t.Errorf("%d still say something, %d were given up, %v", left, broken, err)
		}
		queue(t, s, message(5))
		shareddb.SealRows(s.DB, ring(2))
		if list := claimMail(t, s, now, 10); len(list) != 0 {
			t.Errorf("other keys open %+v", list)
		}
	})
}

// A32: statements that run together are sealed as any others, on both engines.
func TestAMessageAmongStatementsThatRunTogetherIsSealed(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		shareddb.SealRows(s.DB, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}}))
		must(t, s.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return tx.Together(t.Context(), func(q db.Execer) error { return shareddb.QueueMessage(t.Context(), q, message(1), now) })
		}))
		var clear int
		must(t, s.DB.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM outbox WHERE recipient || subject || body || html <> ''`).Scan(&clear))
		if list := claimMail(t, s, now, 10); clear != 0 || len(list) != 1 || !reflect.DeepEqual(list[0].Message, message(1)) {
			t.Errorf("%d in clear, %+v", clear, list)
		}
	})
}
