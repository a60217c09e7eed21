package chip

import "testing"

func TestEachHasAPartOfAll(t *testing.T) {
	g := gate{all: 3, each: 2}
	enter := func(who string, want bool) func() {
		t.Helper()
		leave, ok := g.enter(who)
		if ok != want {
			t.Errorf("%s: %t", who, ok)
		}
		return leave
	}
	enter("a", true)
	leave := enter("a", true)
	enter("a", false)
	enter("b", true)
	enter("b", false)
	enter("c", false)
	leave()
	enter("c", true)
	if g.inside != 3 || len(g.of) != 3 {
		t.Errorf("%d, %v", g.inside, g.of)
	}
}
