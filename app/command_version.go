package app

import (
	"fmt"
	"runtime"

	"atrio/app/command"
	"atrio/app/plant"
)

// versionCommand prints the version.
type versionCommand struct{}

// Run prints.
func (versionCommand) Run(s command.Streams) error {
	fmt.Fprintf(s.Out, "atrio %s %s/%s %s\n", plant.Version(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return nil
}
