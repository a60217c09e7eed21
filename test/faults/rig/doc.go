// Package rig runs the real program for tests of faults: it builds the binary
// once, starts it in a directory of the test on free ports, kills it, starts it
// again on what is left, and plays the people in front of it.
//
// It knows the program from outside: commands, addresses, pages, metrics, and the
// rows of its databases. What must hold is said by the tests in test/faults.
// People without JavaScript are web/webtest; journeys in a browser are
// test/journeys.
package rig

import (
	"testing"
	"time"
)

// Patience bounds every wait: a loaded machine with two cores is slow, not broken.
const Patience = 90 * time.Second

// Until asks again and again until the answer is yes; the test fails after Patience.
func Until(t testing.TB, what string, yes func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(Patience)
	defer late.Stop()
	for !yes() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
