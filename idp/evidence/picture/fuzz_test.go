package picture_test

import (
	"bytes"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"atrio/base/fault"
	"atrio/idp/evidence/picture"
)

// FuzzTake: whatever comes, it is a picture within its bounds or a reason of the person's.
func FuzzTake(f *testing.F) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(asPNG(f, card(32, 32)))
	f.Add(pngOf(ihdr(1000, 1000, 16, 1), chunk("IDAT", zeros(f, 1<<12))))
	f.Add([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"))
	in := intake(picture.Limits{Pixels: 1 << 20, Memory: 8 << 20, Long: 8, Short: 8, Size: 64})
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := in.Take(t.Context(), file)
		if err != nil {
			if k := fault.From(err).Kind; k != fault.TooLarge && k != fault.Unsupported && k != fault.Unprocessable {
				t.Fatalf("%v", err)
			}
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(p.JPEG))
		if err != nil || c.Width != p.Width || c.Height != p.Height || max(c.Width, c.Height) > 64 {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}
