package alike

import (
	"math"
	"math/rand/v2"
	"testing"
)

// measured draws times around a middle as a busy machine gives them: most are close, some
// far too long, and what disturbs a pair disturbs both.
func measured(r *rand.Rand, n int, shift float64) (one, other []float64) {
	for range n {
		busy := 3 * r.ExpFloat64()
		draw := func() float64 {
			if r.IntN(20) == 0 {
				return 50 * r.Float64()
			}
			return 0.3 * r.NormFloat64()
		}
		one, other = append(one, 40+busy+shift+draw()), append(other, 40+busy+draw())
	}
	return one, other
}

func TestWhatDiffersIsFoundAndNoiseIsNot(t *testing.T) {
	for _, c := range []struct {
		pairs int
		shift float64
		want  Verdict
	}{
		{200, 0, Alike}, {200, 0.1, Alike}, {200, 2, Apart}, {200, -2, Apart}, {1000, 1, Apart}, {200, 0.8, Unsure}, {20, 0.8, Unsure},
	} {
		one, other := measured(rand.New(rand.NewPCG(1, 2)), c.pairs, c.shift)
		r, err := Compare(one, other)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Verdict(); got != c.want {
			t.Errorf("%d pairs %.2f apart: %s, want %s: %+v", c.pairs, c.shift, got, c.want, r)
		}
		if b := r.Bound(); b < 0.8 || b > 0.95 {
			t.Errorf("%.2f ms is no fiftieth of %.1f", b, r.One)
		}
		if r.Low > r.Shift || r.High < r.Shift || math.Abs(r.Shift-c.shift) > 0.2 || r.Pairs != c.pairs {
			t.Errorf("%+v", r)
		}
	}
}

func TestTheIntervalErrsNoMoreThanItSays(t *testing.T) {
	wrong := 0
	for seed := range uint64(1000) {
		one, other := measured(rand.New(rand.NewPCG(seed, 7)), 100, 0)
		if r, err := Compare(one, other); err != nil || r.Low > 0 || r.High < 0 {
			wrong++
		}
	}
	if wrong > 5 {
		t.Errorf("%d intervals of a thousand miss", wrong)
	}
}

func TestEqualPairsAreHalfAndHalf(t *testing.T) {
	same := make([]float64, 40)
	r, err := Compare(same, same)
	if err != nil || r.Slower != 0.5 || r.Verdict() != Alike || r.Bound() != 0.5 {
		t.Errorf("%+v, %v", r, err)
	}
	if Median([]float64{3, 1}) != 2 || Median([]float64{5, 1, 3}) != 3 {
		t.Error("the middle of a list")
	}
}

func TestTooFewOrOddOnesSayNothing(t *testing.T) {
	for _, n := range [][2]int{{0, 0}, {19, 19}, {30, 31}} {
		if _, err := Compare(make([]float64, n[0]), make([]float64, n[1])); err == nil {
			t.Errorf("%v samples were compared", n)
		}
	}
}
