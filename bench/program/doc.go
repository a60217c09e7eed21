// Package program measures the built program (bin/atrio) from outside: how soon
// it is ready, what it holds in memory, what a login commits, and how it bears
// two hundred passwords at once.
//
// It holds benchmarks only, each of which starts the demonstration in a directory
// of its own. What a single request costs is measured in bench/login and beside
// the packages; bench/table makes the table of all figures.
package program
