package app

import (
	"os"
	"runtime/debug"
)

// Settings of the garbage collector, measured in docs/benchmarks.md.
const (
	// growth in percent between two collections. The program holds little (some
	// 8 MB), so that Go's default of 100 collects after every hundred requests;
	// 200 saves a tenth of the processor time of pages and a fifth of that of
	// tokens for 8 MB more.
	growth = 200
	// softLimit in bytes makes the collector work harder before a storm of
	// passwords, at 19 MiB each, takes the machine.
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
