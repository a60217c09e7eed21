package app

import (
	"os"
	"runtime/debug"
)

// Settings of the garbage collector, measured in docs/benchmarks.md.
const (
	// growth in percent between two collections. The program holds little (some
	// 8 MB), so that Go's default of 100 collects after every hundred requests.
	// In ten pairs of runs 200 took 0.71 of the processor time for pages, 0.78
	// for sign-on and 0.84 for tokens (medians), for some 8 MB more.
	growth = 200
	// softLimit in bytes makes the collector work harder before a storm of
	// passwords, at 19 MiB each, takes a machine with many processors. On two
	// the storm stays below it (110 MB), so what it does there is not measured.
	softLimit = 200 << 20
)

// tuneCollector sets what the environment leaves open: GOGC and GOMEMLIMIT win.
func tuneCollector() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
}
