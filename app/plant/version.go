package plant

import "runtime/debug"

// release is the version of this tree; see CHANGELOG.md.
const release = "0.2.0"

// Version is the release and, when known, the revision it was built from.
func Version() string {
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
