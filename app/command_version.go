package app

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the version of this tree; see CHANGELOG.md.
const release = "0.2.0"

// versionCommand prints the version.
type versionCommand struct{}

// Run prints.
func (versionCommand) Run(s streams) error {
	fmt.Fprintf(s.out, "atrio %s %s/%s %s\n", version(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return nil
}

// version is the release and, when known, the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return release + "+" + s.Value[:12]
		}
	}
	return release
}
