package studio

import "time"

// Stats is how a session does: for the check before it, and for the operator.
type Stats struct {
	// Since is how long the session has been open.
	Since time.Duration
	// Recorded is the time from the first stream on, where the recordings have their zero.
	Recorded time.Duration
	// Ended says that the studio had to end it, and Reason why: "storage", "time",
	// "shutdown". Finish gives ErrEnded then.
	Ended  bool
	Reason string
	Sides  map[Side]SideStats
}

// SideStats is how one side does.
type SideStats struct {
	Connected bool
	// For is how long it has been connected, or not, as Connected says; zero for never
	// joined.
	For   time.Duration
	Joins int // how often it joined

	Width, Height int     // of the picture, from its newest key frame
	FPS           float64 // of the last seconds
	BitRate       int     // bit/s of both streams, of the last seconds
	Packets       int64
	Lost          int64 // packets that never came
	Dropped       int64 // frames that could not be put together
	RTT           time.Duration
	// Audio and Video say that packets of the last seconds came.
	Audio, Video bool

	Segments int // kept
}
