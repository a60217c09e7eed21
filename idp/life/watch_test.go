package life

import (
	"testing"
	"time"

	"atrio/idp/identity"
)

var start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

func person() *identity.Identity {
	i := &identity.Identity{ID: "h", State: identity.Active, CreatedAt: start, ExpiresAt: start.AddDate(10, 0, 0)}
	i.Holder.Document.ExpiresOn = time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC)
	return i
}

// lived runs decide from day to day and gives what it did, a word for each.
func lived(who *identity.Identity, used time.Time, days ...time.Time) []string {
	return livedWith(0, who, used, days...)
}

func livedWith(extend int, who *identity.Identity, used time.Time, days ...time.Time) (done []string) {
	var warned []Warning
	for _, now := range days {
		for range 20 {
			p := decide(who, used, warned, now, extend)
			if p.warn != nil {
				warned = append(warned, *p.warn)
				done = append(done, p.warn.Kind+"-"+time.Duration(p.warn.Days).String())
				continue
			}
			if p.act != nil {
				c := *p.act
				c.At = now
				after, _, err := who.Do(c)
				if err != nil {
					return append(done, err.Error())
				}
				who, done = after, append(done, string(c.Act)+":"+string(c.Cause))
				continue
			}
			break
		}
	}
	return done
}

func days(from time.Time, n int) (list []time.Time) {
	for i := range n {
		list = append(list, from.AddDate(0, 0, i))
	}
	return list
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// L01: warned at 90, 30, 10 and 1 days, suspended when the last day is over, and only once.
func TestADocumentIsWarnedOfAndThenSuspends(t *testing.T) {
	same(t, lived(person(), start, days(start, 400)...), "document-90ns", "document-30ns", "document-10ns", "document-1ns", "suspend:document_expired")
}

// The document is valid until its last day is over.
func TestTheLastDayOfADocumentCounts(t *testing.T) {
	who, warned := person(), []Warning{{Kind: DocumentEnd, End: time.Date(2027, time.March, 2, 0, 0, 0, 0, time.UTC), Days: 1}}
	if p := decide(who, start, warned, time.Date(2027, time.March, 1, 23, 59, 59, 0, time.UTC), 0); p.act != nil {
		t.Error("suspended on its last day")
	}
	if p := decide(who, start, warned, time.Date(2027, time.March, 2, 0, 0, 0, 0, time.UTC), 0); p.act == nil {
		t.Error("not suspended after it")
	}
}

// A time machine, or a night without power: of all that was passed over the nearest is sent.
func TestAJumpSendsTheNearestWarningAlone(t *testing.T) {
	end := time.Date(2027, time.March, 2, 0, 0, 0, 0, time.UTC)
	same(t, lived(person(), start, start, end.AddDate(0, 0, -5), end.AddDate(0, 0, -4)), "document-10ns")
	same(t, lived(person(), start, start, end.AddDate(0, 0, 30)), "suspend:document_expired")
}

// L02: 24 months after the last use; a use in between starts anew.
func TestWhatLiesIdleIsWarnedOfAndRevoked(t *testing.T) {
	who := person()
	who.Holder.Document.ExpiresOn = time.Time{}
	idle := []string{"inactivity-90ns", "inactivity-30ns", "inactivity-10ns", "inactivity-1ns", "revoke:inactivity"}
	same(t, lived(who, time.Time{}, days(start, 740)...), idle...)
	same(t, lived(who, start.AddDate(1, 0, 0), days(start, 740)...))
	// A suspension stops nothing.
	stopped := *who
	stopped.State, stopped.Cause = identity.Suspended, identity.ByHolder
	same(t, lived(&stopped, time.Time{}, days(start, 740)...), idle...)
}

// Nobody is revoked who was not told a day before, however far the clock jumps.
func TestARevocationIsNeverWithoutAWarning(t *testing.T) {
	who := person()
	who.Holder.Document.ExpiresOn = time.Time{}
	late := start.AddDate(3, 0, 0)
	same(t, lived(who, time.Time{}, late, late.Add(23*time.Hour)), "inactivity-1ns")
	same(t, lived(who, time.Time{}, late, late.Add(24*time.Hour)), "inactivity-1ns", "revoke:inactivity")
}

// I17: the contract ends unless its holder renewed it.
func TestAContractEndsOrIsRenewed(t *testing.T) {
	who := person()
	who.Holder.Document.ExpiresOn, who.ExpiresAt = time.Time{}, start.AddDate(1, 0, 0)
	same(t, lived(who, start, days(start, 370)...), "contract-90ns", "contract-30ns", "contract-10ns", "contract-1ns", "revoke:contract_end")
	if MayRenew(who, who.ExpiresAt.AddDate(0, 0, -91)) || !MayRenew(who, who.ExpiresAt.AddDate(0, 0, -90)) {
		t.Error("it is renewed in its last 90 days")
	}
	stopped, gone := *who, *who
	stopped.State, gone.State = identity.Suspended, identity.Revoked
	if late := who.ExpiresAt.Add(12 * time.Hour); !MayRenew(who, late) || !MayRenew(&stopped, late) || MayRenew(&gone, late) {
		t.Error("it is renewed until it is revoked, and while it is suspended")
	}
}

// A contract without end ends nothing: the job moves on what services are told, and tells nobody.
func TestAContractWithoutEndIsExtended(t *testing.T) {
	who := person()
	who.Holder.Document.ExpiresOn, who.ExpiresAt = time.Time{}, start.AddDate(0, 6, 0)
	same(t, livedWith(24, who, start, days(start, 600)...), "renew:")
	late := who.ExpiresAt.AddDate(1, 0, 0) // a jump over the end
	for _, months := range []int{1, 24} {
		p := decide(who, late, nil, late, months)
		if p.act == nil {
			t.Fatal("not extended")
		}
		after, event, err := who.Do(*p.act)
		if err != nil || after.Blocked(late.AddDate(0, 0, 90)) != "" || after.ExpiresAt.After(late.AddDate(0, months, 91)) || after.ExpiresAt.Day() != who.ExpiresAt.Day() || event.Word() != "extend" {
			t.Errorf("%d: %+v, %+v, %v", months, after, event, err)
		}
		if p = decide(after, late, nil, late, months); p.act != nil || p.next.After(after.ExpiresAt) || !p.next.After(late) {
			t.Errorf("%d: looks again at %s", months, p.next)
		}
	}
	if got := livedWith(24, who, time.Time{}, days(start, 740)...); got[len(got)-1] != "revoke:inactivity" {
		t.Errorf("what lies idle: %v", got)
	}
}

// L03: day 31 and every other day, a suspension by the holder stands. Avviso SPID 10/2018
func TestASuspensionByTheHolderNeverEndsByItself(t *testing.T) {
	who := person()
	who.Holder.Document.ExpiresOn = time.Time{}
	who.State, who.Cause = identity.Suspended, identity.ByHolder
	same(t, lived(who, start, days(start, 365)...))
}

// The job sleeps until something is due, so that it reads few rows.
func TestTheNextLookIsTheNextDay(t *testing.T) {
	who := person()
	p := decide(who, start, nil, start, 0)
	if want := time.Date(2026, time.December, 2, 0, 0, 0, 0, time.UTC); !p.next.Equal(want) {
		t.Errorf("looks again at %s, want %s", p.next, want)
	}
}
