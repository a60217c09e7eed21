package qrcode_test

import (
	"bytes"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"atrio/base/qrcode"
	"atrio/base/qrcode/qrtest"
)

var texts = []string{"7KQ2-MX9A", "1", "31415926535", "otpauth://totp/x?secret=ABC", "Èsempio", strings.Repeat("a", 42)}

func TestWhatIsDrawnSaysTheText(t *testing.T) {
	for _, text := range texts {
		code, err := qrcode.New(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := qrtest.Read(code.Size()-2*qrcode.Quiet, func(x, y int) bool { return code.Black(x+qrcode.Quiet, y+qrcode.Quiet) })
		if err != nil || got != text {
			t.Errorf("squares: %q became %q: %v", text, got, err)
		}
		raw, err := code.PNG(3)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got, err = qrtest.Picture(img, img.Bounds()); err != nil || got != text {
			t.Errorf("picture: %q became %q: %v", text, got, err)
		}
		if img.Bounds().Dx() != 3*code.Size() {
			t.Errorf("a picture of %d dots for %d squares", img.Bounds().Dx(), code.Size())
		}
	}
}

func TestThePathDrawsTheSameSquares(t *testing.T) {
	code, err := qrcode.New("7KQ2-MX9A")
	if err != nil {
		t.Fatal(err)
	}
	path := code.Path()
	if !regexp.MustCompile(`^(M\d+ \d+h\d+v1h-\d+z)+$`).MatchString(path) {
		t.Fatalf("path %q", path)
	}
	black := 0
	for y := range code.Size() {
		for x := range code.Size() {
			if code.Black(x, y) {
				black++
				if x < qrcode.Quiet || y < qrcode.Quiet || x >= code.Size()-qrcode.Quiet || y >= code.Size()-qrcode.Quiet {
					t.Fatalf("%d %d lies in the margin", x, y)
				}
			}
		}
	}
	drawn := 0
	for _, m := range regexp.MustCompile(`h-(\d+)z`).FindAllStringSubmatch(path, -1) {
		n := 0
		for _, d := range m[1] {
			n = 10*n + int(d-'0')
		}
		drawn += n
	}
	if drawn != black || black == 0 {
		t.Errorf("the path has %d squares of %d", drawn, black)
	}
}

func TestNothingAndTooMuchAreRefused(t *testing.T) {
	for _, text := range []string{"", strings.Repeat("x", 2332)} {
		if _, err := qrcode.New(text); err == nil {
			t.Errorf("%d bytes were drawn", len(text))
		}
	}
}
