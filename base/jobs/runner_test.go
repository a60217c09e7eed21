package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// leases is a Store in memory, by the words of its documentation.
type leases struct {
	mu     sync.Mutex
	rows   map[string]lease
	claims int
	fail   error
}

type lease struct {
	holder      string
	next, until time.Time
}

func (l *leases) ClaimJob(_ context.Context, name, holder string, now time.Time, every, term time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claims++
	if l.fail != nil {
		return false, l.fail
	}
	row, exists := l.rows[name]
	due := !row.next.After(now) || row.next.After(now.Add(every))
	free := row.holder == "" || !row.until.After(now) || row.until.After(now.Add(term))
	if exists && !(due && free) {
		return false, nil
	}
	if l.rows == nil {
		l.rows = map[string]lease{}
	}
	l.rows[name] = lease{holder: holder, next: row.next, until: now.Add(term)}
	return true, nil
}

func (l *leases) FinishJob(_ context.Context, name, holder string, next time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rows[name].holder == holder {
		l.rows[name] = lease{next: next}
	}
	return nil
}

// node makes a runner whose calendar is moved by hand.
func node(store Store, calendar *atomic.Int64, jobs ...Job) *Runner {
	return &Runner{Store: store, Jobs: jobs, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return start.Add(time.Duration(calendar.Load())) }}
}

func counting(name string, every time.Duration, n *atomic.Int64) Job {
	return Job{Name: name, Every: every, Run: func(context.Context, time.Time) error { n.Add(1); return nil }}
}

func runDue(t *testing.T, r *Runner) {
	t.Helper()
	if err := r.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, n *atomic.Int64, runs int64, when string) {
	t.Helper()
	if n.Load() != runs {
		t.Fatalf("%s: %d runs, want %d", when, n.Load(), runs)
	}
}

func TestAJobRunsWhenTheCalendarSaysSo(t *testing.T) {
	var n, calendar atomic.Int64
	r := node(&leases{}, &calendar, counting("purge", time.Hour, &n))
	runDue(t, r)
	want(t, &n, 1, "first time")
	calendar.Store(int64(59 * time.Minute))
	runDue(t, r)
	want(t, &n, 1, "too early")
	calendar.Store(int64(181 * 24 * time.Hour))
	runDue(t, r)
	runDue(t, r)
	want(t, &n, 2, "after a jump, once")
	calendar.Store(0)
	runDue(t, r)
	want(t, &n, 3, "after the clock was set back")
}

func TestAJobWithoutPauseIsAlwaysDue(t *testing.T) {
	var n, calendar atomic.Int64
	r := node(&leases{}, &calendar, counting("deliver", 0, &n))
	runDue(t, r)
	runDue(t, r)
	want(t, &n, 2, "two calls")
}

func TestOfTwoNodesOneRunsTheJob(t *testing.T) {
	var n, local, calendar atomic.Int64
	store := &leases{}
	each := counting("local", time.Hour, &local)
	each.EachNode = true
	one := node(store, &calendar, counting("purge", time.Hour, &n), each)
	two := node(store, &calendar, counting("purge", time.Hour, &n), each)
	for range 2 {
		runDue(t, one)
		runDue(t, two)
	}
	want(t, &n, 1, "with lease")
	want(t, &local, 2, "on each node")
}

func TestTheLeaseOfADeadNodeRunsOut(t *testing.T) {
	var n, calendar atomic.Int64
	store := &leases{}
	if ok, err := store.ClaimJob(t.Context(), "purge", "dead", start, time.Hour, time.Minute+margin); !ok || err != nil {
		t.Fatal(err)
	}
	r := node(store, &calendar, counting("purge", time.Hour, &n))
	runDue(t, r)
	want(t, &n, 0, "while the lease holds")
	calendar.Store(int64(time.Minute + margin))
	runDue(t, r)
	want(t, &n, 1, "after the lease")
}

func TestErrorsAndPanicsConcernOneJobAndAreRetried(t *testing.T) {
	var n, calendar atomic.Int64
	broken := errors.New("no route")
	fail := true
	r := node(&leases{}, &calendar,
		Job{Name: "panics", Every: 24 * time.Hour, Run: func(context.Context, time.Time) error { panic("nil map") }},
		Job{Name: "fails", Every: 24 * time.Hour, Run: func(context.Context, time.Time) error {
			if fail {
				return broken
			}
			n.Add(1)
			return nil
		}},
		counting("works", time.Hour, &n))
	err := r.RunDue(t.Context())
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "job panics: panic: nil map") {
		t.Fatal(err)
	}
	want(t, &n, 1, "the job after them")
	fail = false
	calendar.Store(int64(retryAfter))
	if err := r.RunDue(t.Context()); err == nil || errors.Is(err, broken) {
		t.Fatal(err)
	}
	want(t, &n, 2, "the failed job after a minute")
}

func TestAnUnneededJobTakesNoLease(t *testing.T) {
	var n, calendar atomic.Int64
	store := &leases{}
	j := counting("deliver", 0, &n)
	needed := false
	j.Needed = func(context.Context, time.Time) (bool, error) { return needed, nil }
	r := node(store, &calendar, j)
	runDue(t, r)
	if store.claims != 0 || n.Load() != 0 {
		t.Fatal("an idle job must not write")
	}
	needed = true
	runDue(t, r)
	want(t, &n, 1, "when needed")
}

func TestTheTickIsARealSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var often, daily, calendar atomic.Int64
		store := &leases{}
		r := node(store, &calendar, counting("often", 0, &often), counting("daily", 24*time.Hour, &daily))
		r.Start()
		synctest.Wait()
		want(t, &often, 1, "at once")
		<-time.After(10*time.Second + time.Millisecond)
		synctest.Wait()
		want(t, &often, 11, "after ten ticks")
		want(t, &daily, 1, "daily")
		if store.claims != 12 {
			t.Errorf("%d claims: a job that is not due must not ask", store.claims)
		}
		calendar.Store(int64(24 * time.Hour))
		<-time.After(time.Second)
		synctest.Wait()
		want(t, &daily, 2, "after the calendar moved")
		if err := r.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestASlowJobDelaysNoOtherAndDoesNotOverlapItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n, slow, calendar atomic.Int64
		release := make(chan struct{})
		r := node(&leases{}, &calendar, Job{Name: "slow", Run: func(context.Context, time.Time) error {
			slow.Add(1)
			<-release
			return nil
		}}, counting("quick", 0, &n))
		r.Start()
		<-time.After(5*time.Second + time.Millisecond)
		synctest.Wait()
		want(t, &n, 6, "quick")
		want(t, &slow, 1, "slow")
		stopped := make(chan error)
		go func() { stopped <- r.Stop(t.Context()) }()
		synctest.Wait()
		select {
		case <-stopped:
			t.Error("Stop must wait for the run")
		default:
		}
		close(release)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

func TestARunIsCutAtItsLimitAndStopCancelsAfterItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calendar atomic.Int64
		store := &leases{}
		ended := make(chan time.Duration, 10)
		began := time.Now()
		r := node(store, &calendar, Job{Name: "hangs", Every: time.Hour, Limit: 3 * time.Second, Run: func(ctx context.Context, _ time.Time) error {
			<-ctx.Done()
			ended <- time.Since(began)
			return ctx.Err()
		}})
		r.Start()
		if took := <-ended; took != 3*time.Second {
			t.Errorf("cut after %v", took)
		}
		synctest.Wait()
		calendar.Store(int64(time.Hour))
		<-time.After(1500 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if err := r.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		<-ended
		synctest.Wait()
		if store.rows["hangs"].holder != "" {
			t.Error("the lease of a cancelled run must be given back")
		}
	})
}

func TestFailuresAreLoggedWithTheNameOfTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calendar atomic.Int64
		var log bytes.Buffer
		r := node(&leases{fail: errors.New("database away")}, &calendar, counting("purge", 0, new(atomic.Int64)))
		r.Log = slog.New(slog.NewTextHandler(&log, nil))
		r.Start()
		synctest.Wait()
		if err := r.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if !strings.Contains(log.String(), "job=purge") || !strings.Contains(log.String(), "database away") {
			t.Error(log.String())
		}
	})
}

func TestJobsNeedNamesOfTheirOwn(t *testing.T) {
	good := counting("a", 0, new(atomic.Int64))
	for i, jobs := range [][]Job{{good, good}, {{Run: good.Run}}, {{Name: "b"}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("case %d was accepted", i)
				}
			}()
			_ = node(&leases{}, new(atomic.Int64), jobs...).RunDue(t.Context())
		}()
	}
}
