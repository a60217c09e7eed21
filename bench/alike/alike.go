// Package alike tells whether two kinds of requests can be told apart by how long they
// take: a known account and an unknown one, say.
//
// Both are measured in turns, so that what the machine does besides falls on both; what
// counts is the difference within each pair. The median of the differences and the
// interval around it are those of the sign test: nothing is assumed about how times are
// spread, and a few slow ones change nothing. It measures nothing itself.
package alike

import (
	"fmt"
	"math"
	"slices"
)

// Verdict is what the pairs say.
type Verdict string

// The verdicts: the whole interval is within the bound, beyond it, or neither.
const (
	Alike  Verdict = "alike"
	Unsure Verdict = "unsure"
	Apart  Verdict = "apart"
)

// confidence in standard deviations: one comparison in a thousand errs.
const confidence = 3.29

// fewest pairs that an interval of that confidence exists for.
const fewest = 20

// Result is a comparison of two kinds, in the unit of the samples.
type Result struct {
	Pairs int
	// One and Other are the medians of both.
	One, Other float64
	// Shift is the median of the differences, one less the other; Low and High are the
	// interval in which it lies at 99.9 %.
	Shift, Low, High float64
	// Slower is the share of pairs in which the one took longer: 0.5 when nothing is there
	// to be learned.
	Slower float64
}

// Compare compares samples of which those of one index were measured together.
func Compare(one, other []float64) (Result, error) {
	n := len(one)
	if n != len(other) || n < fewest {
		return Result{}, fmt.Errorf("alike: %d and %d samples: as many of both, and %d at least", n, len(other), fewest)
	}
	differences, slower := make([]float64, n), 0.0
	for i := range one {
		differences[i] = one[i] - other[i]
		switch {
		case differences[i] > 0:
			slower++
		case differences[i] == 0:
			slower += 0.5
		}
	}
	slices.Sort(differences)
	// Fewer than k of n differences are below the true median with a chance of one in two thousand.
	k := max(0, int(math.Floor(float64(n)/2-confidence*math.Sqrt(float64(n))/2)))
	return Result{
		Pairs: n, One: Median(one), Other: Median(other), Shift: Median(differences),
		Low: differences[k], High: differences[n-1-k], Slower: slower / float64(n),
	}, nil
}

// Bound of samples in milliseconds is the difference that may be seen: half a millisecond,
// less than what the way through a network varies by from one request to the next, or a
// fiftieth of the time itself, less than a memory-hard hash varies by.
func (r Result) Bound() float64 { return max(0.5, min(r.One, r.Other)/50) }

// Verdict judges by the bound: differences up to it are taken for none.
func (r Result) Verdict() Verdict {
	bound := r.Bound()
	switch {
	case r.Low > bound || r.High < -bound:
		return Apart
	case r.Low >= -bound && r.High <= bound:
		return Alike
	}
	return Unsure
}

// Median is the middle of a list that is not empty.
func Median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
