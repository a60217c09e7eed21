package enrolment

import (
	"fmt"
	"html/template"

	"atrio/base/qrcode"
)

// drawing is a QR code as the path of an SVG: an image from another address would be a
// secret in another address.
func drawing(text string) (path template.HTMLAttr, size int, err error) {
	code, err := qrcode.New(text)
	if err != nil {
		return "", 0, fmt.Errorf("enrolment: draw QR code: %w", err)
	}
	return template.HTMLAttr(`d="` + code.Path() + `"`), code.Size(), nil //nolint:gosec // letters and digits of ours
}
