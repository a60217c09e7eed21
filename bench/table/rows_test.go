package main

import (
	"fmt"
	"strings"
	"testing"
)

// found gives the row whose text begins so.
func found(t *testing.T, what string) row {
	t.Helper()
	for _, r := range rows() {
		if strings.HasPrefix(r.what, what) {
			return r
		}
	}
	t.Fatalf("no row %s", what)
	return row{}
}

// measured are figures as `go test -bench` writes them.
func measured(lines ...string) *reading {
	f := figures{}
	f.read([]byte(strings.Join(lines, "\n") + "\n"))
	return &reading{figures: f}
}

func TestWhatTheRowOfAStormSaysIsWhatItChecks(t *testing.T) {
	r := found(t, "200 members at once at the gateway, password and app: no wait over")
	for longest, want := range map[string]bool{"1.70": true, "2.25": true, "2.26": false, "2.90": false} {
		m := measured("BenchmarkMemberStorm-2 1 40 entered 160 refused 3 retry-after-s 0 other-answers " + longest + " longest-s")
		if _, met := r.figure(m); met != want || m.missing {
			t.Errorf("longest answer %s s: met %t", longest, met)
		}
	}
	if !strings.Contains(r.target, fmt.Sprintf("%.2f s", longestAnswer)) {
		t.Errorf("the target is %q", r.target)
	}
	m := measured("BenchmarkMemberStorm-2 1 40 entered 159 refused 3 retry-after-s 1 other-answers 1.0 longest-s")
	if _, met := r.figure(m); met {
		t.Error("an answer that is neither: met")
	}
}

func TestTheLongestSearchForAPlaceDecides(t *testing.T) {
	r := found(t, "search for a place of birth")
	fast := measured("BenchmarkSearch/s-2 1000 163703 ns/op", "BenchmarkSearch/reggio_nell'emilia-2 1000 751.7 ns/op", "BenchmarkFind-2 1000 9000000 ns/op")
	if text, met := r.figure(fast); !met || fast.missing || text != `0.16 ms, for "s"` {
		t.Errorf("%s: met %t", text, met)
	}
	slow := measured("BenchmarkSearch/s-2 1000 163703 ns/op", "BenchmarkSearch/san_giovanni-2 1000 1000001 ns/op")
	if text, met := r.figure(slow); met || !strings.Contains(text, "san giovanni") {
		t.Errorf("%s: met %t", text, met)
	}
	none := measured("BenchmarkFind-2 1000 9 ns/op")
	if r.figure(none); !none.missing {
		t.Error("nothing was measured, and nobody is told")
	}
}

func TestTheDearestPageOfOperatorsDecides(t *testing.T) {
	r := found(t, "1,000 requests in the queue")
	m := measured("BenchmarkOperators/queue-2 50 9000000 ns/op", "BenchmarkOperators/last_page_of_the_queue-2 50 50000000 ns/op")
	if text, met := r.figure(m); !met || m.missing || text != "50.0 ms, last page of the queue" {
		t.Errorf("%s: met %t", text, met)
	}
	if _, met := r.figure(measured("BenchmarkOperators/reports-2 50 50000001 ns/op")); met {
		t.Error("a page of more than 50 ms: met")
	}
}

func TestASessionIsCheapOnlyWhenItsPicturesWereKept(t *testing.T) {
	r := found(t, "recorded video session")
	for line, want := range map[string]bool{"9.5 core-% 24.8 pictures/s 2.1 Mbit/s": true, "15.1 core-% 24.8 pictures/s 2.1 Mbit/s": false, "2.0 core-% 11.0 pictures/s 2.1 Mbit/s": false} {
		m := measured("BenchmarkVideoSession-2 1 15000000000 ns/op " + line)
		if text, met := r.figure(m); met != want || m.missing {
			t.Errorf("%s: met %t", text, met)
		}
	}
}
