package secondfactor

import "time"

// Outcome of a typed code.
type Outcome int

// The outcomes. Waiting means that nothing was compared.
const (
	Wrong Outcome = iota
	Right
	// Replayed is a right code of the app that was used before.
	Replayed
	// Stale is a sent code that is too old, replaced by a newer one or used.
	Stale
	Waiting
)

// Minutes rounds a wait up to what a person can use.
func Minutes(wait time.Duration) int { return int((wait + time.Minute - 1) / time.Minute) }

// Seconds is how much of a pause after a moment is left, rounded up; 0 for none, and
// for a moment that never was.
func Seconds(since time.Time, pause time.Duration, now time.Time) int {
	if since.IsZero() {
		return 0
	}
	return max(0, int((since.Add(pause).Sub(now)+time.Second-1)/time.Second))
}
