package portrait

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"testing"
)

var (
	red, green, blue, white = color.RGBA{200, 0, 0, 255}, color.RGBA{0, 200, 0, 255}, color.RGBA{0, 0, 200, 255}, color.RGBA{255, 255, 255, 255}
)

// quarters is a picture with a colour in each corner: red and green above, blue
// and white below.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.RGBA{{red, green}, {blue, white}}[2*y/h][2*x/w]
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// corners are the four colours of a portrait, by rough name: "RGBW" is upright.
func corners(t *testing.T, portrait []byte) string {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(portrait))
	if err != nil {
		t.Fatal(err)
	}
	if m.Bounds() != image.Rect(0, 0, Side, Side) {
		t.Fatalf("a portrait of %v", m.Bounds())
	}
	var out []byte
	for _, p := range []image.Point{{60, 60}, {190, 60}, {60, 190}, {190, 190}} {
		r, g, b, _ := m.At(p.X, p.Y).RGBA()
		switch {
		case r > 0xc000 && g > 0xc000 && b > 0xc000:
			out = append(out, 'W')
		case r > g && r > b:
			out = append(out, 'R')
		case g > b:
			out = append(out, 'G')
		default:
			out = append(out, 'B')
		}
	}
	return string(out)
}

func TestAPortraitIsTheSquareInTheMiddle(t *testing.T) {
	for name, file := range map[string][]byte{
		"jpeg": asJPEG(t, quarters(800, 600)), "png": asPNG(t, quarters(301, 999)), "as small as can be": asPNG(t, quarters(16, 16)), "its own size": asPNG(t, quarters(256, 256)),
	} {
		got, err := NewStudio().Draw(t.Context(), file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c := corners(t, got); c != "RGBW" {
			t.Errorf("%s: %s", name, c)
		}
	}
}

func TestWhatIsTransparentBecomesWhite(t *testing.T) {
	got, err := NewStudio().Draw(t.Context(), asPNG(t, image.NewNRGBA(image.Rect(0, 0, 40, 40))))
	if err != nil || corners(t, got) != "WWWW" {
		t.Errorf("%v", err)
	}
}

// turned puts an orientation into a JPEG, as a phone does; order is "II" or "MM".
func turned(file []byte, order string, value uint16) []byte {
	var o binary.AppendByteOrder = binary.LittleEndian
	if order == "MM" {
		o = binary.BigEndian
	}
	tiff := append([]byte("Exif\x00\x00"), order...)
	tiff = o.AppendUint16(tiff, 42)
	tiff = o.AppendUint32(tiff, 8)
	tiff = o.AppendUint16(tiff, 2)
	for _, entry := range [][2]uint16{{0x010f, 7}, {0x0112, value}} {
		tiff = o.AppendUint16(tiff, entry[0])
		tiff = o.AppendUint16(tiff, 3)
		tiff = o.AppendUint32(tiff, 1)
		tiff = o.AppendUint16(o.AppendUint16(tiff, entry[1]), 0)
	}
	segment := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(tiff)+2)), tiff...)
	return append(append(append([]byte(nil), file[:2]...), segment...), file[2:]...)
}

func TestAPictureTakenWithThePhoneOnItsSideStandsUpright(t *testing.T) {
	file := asJPEG(t, quarters(400, 400))
	for value, want := range map[uint16]string{
		1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB", 0: "RGBW", 9: "RGBW",
	} {
		for _, order := range []string{"II", "MM"} {
			got, err := NewStudio().Draw(t.Context(), turned(file, order, value))
			if err != nil || corners(t, got) != want {
				t.Errorf("%s %d: %s, want %s, %v", order, value, corners(t, got), want, err)
			}
		}
	}
}

func TestNothingOfTheFileIsKept(t *testing.T) {
	file := append(turned(asJPEG(t, quarters(300, 300)), "II", 6), "<script>alert(1)</script>PK\x03\x04"...)
	got, err := NewStudio().Draw(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"Exif", "script", "PK\x03\x04"} {
		if bytes.Contains(got, []byte(hidden)) {
			t.Errorf("%q came through", hidden)
		}
	}
}

// bomb is a PNG that says to be w × h and holds zeros for that many grey points.
func bomb(t testing.TB, w, h uint32, rows int) []byte {
	t.Helper()
	var data bytes.Buffer
	z, err := zlib.NewWriterLevel(&data, zlib.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]byte, w+1)
	for range rows {
		if _, err := z.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	file := []byte("\x89PNG\r\n\x1a\n")
	for _, chunk := range []struct {
		name string
		body []byte
	}{{"IHDR", append(head, 8, 0, 0, 0, 0)}, {"IDAT", data.Bytes()}, {"IEND", nil}} {
		file = binary.BigEndian.AppendUint32(file, uint32(len(chunk.body)))
		body := append([]byte(chunk.name), chunk.body...)
		file = binary.BigEndian.AppendUint32(append(file, body...), crc32.ChecksumIEEE(body))
	}
	return file
}

func TestHostileFilesAreRefusedBeforeTheyCostAnything(t *testing.T) {
	small := asJPEG(t, quarters(64, 64))
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":                      {nil, ErrType},
		"text":                         {[]byte("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), ErrType},
		"another kind of picture":      {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ErrType},
		"a program called picture.png": {[]byte("MZ\x90\x00"), ErrType},
		"a JPEG of three bytes":        {small[:3], ErrBroken},
		"half a JPEG header":           {small[:40], ErrBroken},
		"a PNG cut short":              {asPNG(t, quarters(64, 64))[:60], ErrBroken},
		"a file beyond the limit":      {append(small, make([]byte, MaxFile)...), ErrFile},
		"four billion points":          {bomb(t, 1<<16, 1<<16, 1), ErrPixels},
		"the widest a header can say":  {bomb(t, 1<<15, 1<<31-1, 1), nil},
		"a thin strip":                 {bomb(t, 10_001, 16, 16), ErrPixels},
		"one point":                    {asPNG(t, quarters(1, 1)), ErrPixels},
		"144 million zeros in 140 KB":  {bomb(t, 12_000, 12_000, 12_000), ErrPixels},
		"16 bits a point, too many":    {asPNG(t, image.NewGray16(image.Rect(0, 0, 3000, 2500))), ErrPixels},
		"fewer rows than it says":      {bomb(t, 1000, 1000, 10), ErrBroken},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := NewStudio().Draw(t.Context(), c.file)
		runtime.ReadMemStats(&after)
		if got != nil || err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s (%d bytes): %v, want %v", name, len(c.file), err, c.want)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 8<<20 {
			t.Errorf("%s cost %d bytes", name, spent)
		}
	}
}

func TestTheLargestPictureOfAPhoneIsTaken(t *testing.T) {
	file := bomb(t, 4032, 3024, 3024)
	if _, err := NewStudio().Draw(t.Context(), file); err != nil {
		t.Error(err)
	}
}

func TestWhoeverDoesNotGetATurnIsToldSo(t *testing.T) {
	s := NewStudio()
	s.turn <- struct{}{} // somebody else is being drawn, for ever
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Draw(ctx, asPNG(t, quarters(64, 64))); !errors.Is(err, ErrWaiting) {
		t.Errorf("%v", err)
	}
	<-s.turn
	if _, err := s.Draw(t.Context(), asPNG(t, quarters(64, 64))); err != nil {
		t.Error(err)
	}
}

// FuzzDraw: foreign bytes give a portrait or an error, never a panic.
func FuzzDraw(f *testing.F) {
	f.Add(asJPEG(f, quarters(32, 32)))
	f.Add(asPNG(f, quarters(32, 32)))
	f.Add(turned(asJPEG(f, quarters(32, 32)), "MM", 6))
	f.Add(bomb(f, 1000, 1000, 10))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := NewStudio().Draw(t.Context(), file)
		if (got == nil) == (err == nil) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	})
}
