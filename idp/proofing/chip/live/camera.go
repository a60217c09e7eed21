package live

import (
	"slices"
	"strings"
	"unicode"
)

// Camera is what the devices of an applicant call themselves. Names prove nothing: whoever
// injects a film chooses them. They make an operator look, and refuse nobody. // A13
type Camera struct {
	Used   string   `json:"used"`
	Others []string `json:"others,omitempty"`
}

const (
	maxName    = 80
	maxDevices = 12
)

// ReadCamera reads the names that a browser tells, one a line.
func ReadCamera(used, others string) Camera {
	c := Camera{Used: name(used)}
	for line := range strings.Lines(others[:min(len(others), 4<<10)]) {
		if n := name(line); n != "" && len(c.Others) < maxDevices && !slices.Contains(c.Others, n) {
			c.Others = append(c.Others, n)
		}
	}
	return c
}

// name is a name as a page shows it: printable and short.
func name(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) { // nothing that turns the line around
			return ' '
		}
		return r
	}, s))
	if list := []rune(s); len(list) > maxName {
		return string(list[:maxName])
	}
	return s
}

// virtual are words in the names of cameras that are programs.
var virtual = []string{"virtual", "obs", "manycam", "xsplit", "snap camera", "droidcam", "iriun", "epoccam", "ndi ", "fake", "dummy", "v4l2loopback", "mmhmm", "splitcam", "deepface"}

// Suspicious tells whether a camera is called like a program.
func (c Camera) Suspicious() bool {
	return slices.ContainsFunc(append([]string{c.Used}, c.Others...), func(n string) bool {
		n = strings.ToLower(n)
		return slices.ContainsFunc(virtual, func(word string) bool { return strings.Contains(n, word) })
	})
}
