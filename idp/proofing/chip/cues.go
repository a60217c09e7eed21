package chip

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"atrio/idp/proofing/chip/live"
)

// colour begins the names of cues that light the screen: what shines on a face shows that it
// is before that screen at that moment. // A13
const colour = "colour_"

var colours = []string{"red", "green", "blue"}

// The other cues that are no action.
const (
	cueFront  = "front" // as on the picture of a document
	cueSpoken = "spoken"
)

// How long cues stay at most and at least; what takes longer is asked for. The longest script
// is below the longest film.
const (
	holdFront, leastFront   = 3 * time.Second, time.Second
	holdAction, leastAction = 7 * time.Second, time.Second
	holdSpoken, leastSpoken = 9 * time.Second, 1500 * time.Millisecond
	holdColour              = 1200 * time.Millisecond // slow enough to harm nobody (WCAG 2.3.1)
)

// script draws what is asked for in a live film; without gestures for who cannot make them
// (NIST SP 800-63A wants another way for them): then more is said.
func script(gestures bool) []live.Cue {
	list := []live.Cue{{ID: cueFront, Hold: holdFront, Least: leastFront}}
	spoken := func() live.Cue {
		return live.Cue{ID: cueSpoken, Note: strings.Join(strings.Split(digits(), ""), " "), Hold: holdSpoken, Least: leastSpoken}
	}
	if gestures {
		for _, a := range drawn(actions)[:nActions] {
			list = append(list, live.Cue{ID: a, Hold: holdAction, Least: leastAction})
		}
		list = append(list, spoken())
	} else {
		list = append(list, spoken(), spoken(), spoken())
	}
	for _, c := range drawn(colours)[:2] {
		list = append(list, live.Cue{ID: colour + c, Hold: holdColour, Least: holdColour})
	}
	return list
}

// most is about how long a film takes, in seconds.
func most() int {
	var sum time.Duration
	for _, c := range script(true) {
		sum += c.Hold
	}
	return int(sum.Seconds())
}

// cueKey is the text of a cue.
func cueKey(id string) string {
	if slices.Contains(actions, id) {
		return "chip.action." + id
	}
	return "chip.cue." + id
}

// drawn is a list in a random order.
func drawn(list []string) []string {
	list = slices.Clone(list)
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// digits are four to be said, so none twice in a row.
func digits() (said string) {
	for last := -1; len(said) < 4; {
		if d := rand.IntN(10); d != last {
			said, last = said+string(rune('0'+d)), d
		}
	}
	return said
}
