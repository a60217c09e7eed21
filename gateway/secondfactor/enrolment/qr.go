package enrolment

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// quiet is the white margin that readers need, in modules. ISO/IEC 18004 6.3.8
const quiet = 4

// drawing is a QR code as the path of an SVG: an image from another address would be a
// secret in another address.
func drawing(text string) (path template.HTMLAttr, size int, err error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", 0, fmt.Errorf("enrolment: draw QR code: %w", err)
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return template.HTMLAttr(`d="` + b.String() + `"`), code.Size + 2*quiet, nil //nolint:gosec // letters and digits of ours
}
