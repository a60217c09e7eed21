package access

import (
	"testing"

	"atrio/people/person"
)

func TestALevelLowerThanAskedDoesNotSuffice(t *testing.T) {
	for asked := person.Level(0); asked <= 3; asked++ {
		for reached := person.Level(0); reached <= 3; reached++ {
			want := reached >= asked
			if asked == 0 {
				want = reached >= 2
			}
			if got := LevelSuffices(asked, reached); got != want {
				t.Errorf("asked %d, reached %d: %v", asked, reached, got)
			}
		}
	}
}

func TestAServiceThatAsksNonsenseGetsTheDefault(t *testing.T) {
	for _, l := range []person.Level{-1, 0, 4} {
		if got := LevelAsked(l); got != DefaultLevel {
			t.Errorf("LevelAsked(%d) = %d", l, got)
		}
	}
}

func TestAFreshLoginIsNeverAskedForAtLevelOne(t *testing.T) {
	for _, c := range []struct {
		service person.Level
		fresh   bool
		want    person.Level
	}{{1, false, 1}, {1, true, 2}, {2, true, 2}, {3, true, 3}, {0, true, 2}} {
		if got := LevelToRequest(c.service, c.fresh); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
