// Package faults holds the real program to what must hold when things go wrong:
// the power fails, two nodes share one database, input is wrong or hostile, people
// leave in the middle. Everything here drives the built binary over HTTP and looks
// at its databases from outside; the hands are in rig.
package faults

import (
	"fmt"
	"os"
	"testing"

	_ "atrio/app" // what the program is made of: a change there makes the last results old
	"atrio/test/faults/rig"
)

// program is built once for all tests.
var program rig.Binary

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "atrio-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program, err = rig.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
