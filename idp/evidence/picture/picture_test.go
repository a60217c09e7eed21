package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// card is red, green, blue and light, from the upper left on in the order of reading.
func card(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [4]color.RGBA{{200, 30, 30, 255}, {30, 160, 30, 255}, {30, 30, 200, 255}, {235, 240, 235, 255}}[2*(2*y/h)+2*x/w]
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// small lets small pictures in: what a test looks at does not depend on the size.
var small = picture.Limits{Long: 80, Short: 48}

// intake has the time that a busy machine needs.
func intake(l picture.Limits) *picture.Intake {
	l.Time, l.Wait = time.Hour, time.Hour
	return picture.NewIntake(l)
}

func take(t testing.TB, in *picture.Intake, file []byte) (picture.Picture, image.Image) {
	t.Helper()
	p, err := in.Take(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil || img.Bounds().Dx() != p.Width || img.Bounds().Dy() != p.Height {
		t.Fatalf("%d × %d, %v", p.Width, p.Height, err)
	}
	return p, img
}

// corners names the colour in the middle of each quarter, in the order of reading.
func corners(img image.Image) (s string) {
	b := img.Bounds()
	for _, at := range [][2]int{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
		red, green, blue, _ := img.At(b.Dx()*at[0]/4, b.Dy()*at[1]/4).RGBA()
		switch {
		case red > 0x8000 && green > 0x8000 && blue > 0x8000:
			s += "w"
		case red > green && red > blue:
			s += "r"
		case green > red && green > blue:
			s += "g"
		default:
			s += "b"
		}
	}
	return s
}

func TestPicturesOfAllKindsComeOutAsOne(t *testing.T) {
	in := intake(picture.Limits{})
	deep := image.NewNRGBA64(image.Rect(0, 0, 960, 600))
	flat := card(960, 600)
	for y := range 600 {
		for x := range 960 {
			deep.Set(x, y, flat.At(x, y))
		}
	}
	for name, c := range map[string]struct {
		file []byte
		from string
	}{
		"baseline":          {asJPEG(t, card(960, 600)), "jpeg"},
		"without sampling":  {read(t, "baseline444.jpg"), "jpeg"},
		"progressive":       {read(t, "progressive.jpg"), "jpeg"},
		"CMYK":              {read(t, "cmyk.jpg"), "jpeg"},
		"turned by EXIF":    {read(t, "sideways.jpg"), "jpeg"},
		"PNG":               {asPNG(t, card(960, 600)), "png"},
		"PNG of 16 bits":    {asPNG(t, deep), "png"},
		"PNG with palette":  {read(t, "palette.png"), "png"},
		"PNG, turned":       {insertChunk(asPNG(t, sideways(card(960, 600))), "eXIf", tiff(6, binary.BigEndian)), "png"},
		"JPEG, more behind": {append(asJPEG(t, card(960, 600)), "<script>alert(1)</script>"...), "jpeg"},
	} {
		p, img := take(t, in, c.file)
		if corners(img) != "rgbw" || p.From != c.from || p.Width != 960 || p.Height != 600 {
			t.Errorf("%s: %s, %s, %d × %d", name, corners(img), p.From, p.Width, p.Height)
		}
	}
	if _, img := take(t, in, read(t, "grey.jpg")); corners(img) == "rgbw" {
		t.Error("grey became colour")
	}
}

// sideways turns a picture by a quarter against the clock.
func sideways(img *image.RGBA) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.SetRGBA(y, b.Dx()-1-x, img.RGBAAt(x, y))
		}
	}
	return out
}

// tiff is a directory of EXIF with an orientation behind another entry.
func tiff(orientation uint16, order binary.AppendByteOrder) []byte {
	out := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		out = []byte("II*\x00")
	}
	out = order.AppendUint16(order.AppendUint32(out, 8), 2)
	out = order.AppendUint32(order.AppendUint32(order.AppendUint16(order.AppendUint16(out, 0x010f), 2), 4), 0x41424300)
	out = order.AppendUint16(order.AppendUint32(order.AppendUint16(order.AppendUint16(out, 0x0112), 3), 1), orientation)
	return append(out, 0, 0, 0, 0, 0, 0)
}

// insertSegment puts a segment behind the first marker of a JPEG.
func insertSegment(file []byte, marker byte, body []byte) []byte {
	out := append([]byte{0xff, 0xd8, 0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), file[2:]...)
}

func chunk(name string, body []byte) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), name...)
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// insertChunk puts a chunk behind the header of a PNG.
func insertChunk(file []byte, name string, body []byte) []byte {
	const header = 8 + 25
	out := append([]byte(nil), file[:header]...)
	return append(append(out, chunk(name, body)...), file[header:]...)
}

func TestEveryOrientationOfEXIFIsApplied(t *testing.T) {
	in := intake(small)
	file := asJPEG(t, card(96, 60))
	for o, want := range map[uint16]string{0: "rgbw", 1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 9: "rgbw"} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			p, img := take(t, in, insertSegment(file, 0xe1, append([]byte("Exif\x00\x00"), tiff(o, order)...)))
			if got := corners(img); got != want || (p.Width > p.Height) != (o < 5 || o > 8) {
				t.Errorf("%d: %s, %d × %d, want %s", o, got, p.Width, p.Height, want)
			}
		}
	}
	whole := append([]byte("Exif\x00\x00"), tiff(6, binary.BigEndian)...)
	for cut := range len(whole) - 10 { // EXIF that is not whole turns nothing
		if _, img := take(t, in, insertSegment(file, 0xe1, whole[:cut])); corners(img) != "rgbw" {
			t.Errorf("cut at %d: %s", cut, corners(img))
		}
	}
}

func TestNothingOfTheFileIsLeftButWhatOneSees(t *testing.T) {
	in := intake(picture.Limits{})
	secret := "Fotocamera di Prova"
	file := read(t, "sideways.jpg") // with camera and place
	if !bytes.Contains(file, []byte(secret)) {
		t.Fatal("nothing to strip")
	}
	for _, marker := range []byte{0xe0, 0xe2, 0xed, 0xfe} {
		file = insertSegment(file, marker, []byte(secret+"<svg onload=alert(1)>"))
	}
	file = append(file, secret...)
	again := insertChunk(asPNG(t, card(960, 600)), "tEXt", []byte("Comment\x00"+secret))
	for _, f := range [][]byte{file, again} {
		p, _ := take(t, in, f)
		for _, word := range []string{secret, "svg", "Exif", "JFIF", "GPS"} {
			if bytes.Contains(p.JPEG, []byte(word)) {
				t.Errorf("%s is left", word)
			}
		}
		twin, err := in.Take(t.Context(), f)
		if err != nil || !bytes.Equal(twin.JPEG, p.JPEG) {
			t.Error("the same file gives another picture", err)
		}
	}
}

func TestLargePicturesAreMadeSmallerAndSmallOnesAreNot(t *testing.T) {
	in := intake(picture.Limits{Long: 80, Short: 48, Size: 240})
	for _, c := range []struct{ w, h, wantW, wantH int }{{300, 201, 240, 161}, {100, 480, 50, 240}, {240, 160, 240, 160}, {80, 48, 80, 48}, {48, 243, 47, 240}} {
		p, img := take(t, in, asJPEG(t, card(c.w, c.h)))
		if p.Width != c.wantW || p.Height != c.wantH || corners(img) != "rgbw" {
			t.Errorf("%d × %d became %d × %d, %s", c.w, c.h, p.Width, p.Height, corners(img))
		}
	}
}

func TestAPixelIsTheMeanOfWhatItCovers(t *testing.T) {
	in := intake(picture.Limits{Size: 480})
	board := image.NewGray(image.Rect(0, 0, 960, 640)) // black and white by turns, and a black frame
	for y := 100; y < 540; y++ {
		for x := 100; x < 860; x++ {
			board.Pix[board.PixOffset(x, y)] = uint8((x + y) % 2 * 255)
		}
	}
	_, img := take(t, in, asPNG(t, board))
	if g := color.GrayModel.Convert(img.At(240, 160)).(color.Gray).Y; g < 125 || g > 131 {
		t.Errorf("a chequer gives %d", g)
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 900, 600))
	for i := range clear.Pix[:len(clear.Pix)/2] {
		clear.Pix[i] = []byte{200, 0, 0, 255}[i%4]
	}
	_, img = take(t, in, asPNG(t, clear))
	if red, green, blue, _ := img.At(240, 280).RGBA(); red < 0xf000 || green < 0xf000 || blue < 0xf000 {
		t.Error("what is transparent is not white")
	}
}

func TestTheMostDetailedPictureFitsIntoAnItem(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // noise
	noise := image.NewRGBA(image.Rect(0, 0, 1200, 1200))
	for i := range noise.Pix {
		noise.Pix[i] = uint8(dice.Uint32()) | uint8(255*(i%4/3))
	}
	data, err := picture.EncodeQuarter(noise)
	if err != nil || len(data) > evidence.MaxItem/4 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	_, err = jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotTakenHasAReasonThatSaysWhatToDo(t *testing.T) {
	in := intake(picture.Limits{})
	heic := "\x00\x00\x00\x18ftyp%s\x00\x00\x00\x00mif1heic" + strings.Repeat("x", 100)
	frame := func(w, h int) []byte { // a JPEG that has a header alone
		b := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), 1, 1, 0x11, 0}
		return insertSegment([]byte("\xff\xd8\xff\xda\x00\x02\xff\xd9"), 0xc0, b)
	}
	white := image.NewGray(image.Rect(0, 0, 900, 600))
	for i := range white.Pix {
		white.Pix[i] = uint8(240 + i*7919%9)
	}
	good := asJPEG(t, card(960, 600))
	for name, c := range map[string]struct {
		file []byte
		want *fault.Error
	}{
		"nothing":               {nil, picture.ErrNotAPicture},
		"a text":                {[]byte("una foto.jpg"), picture.ErrNotAPicture},
		"a program":             {[]byte("\x7fELF\x02\x01"), picture.ErrNotAPicture},
		"HEIC":                  {fmt.Appendf(nil, heic, "heic"), picture.ErrHEIC},
		"HEIC, another brand":   {fmt.Appendf(nil, heic, "mif1"), picture.ErrHEIC},
		"AVIF":                  {fmt.Appendf(nil, heic, "avif"), picture.ErrOtherFormat},
		"a film":                {[]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41"), picture.ErrNotAPicture},
		"a box that lies":       {[]byte("\xff\xff\xff\xffftypheic"), picture.ErrHEIC},
		"WebP":                  {read(t, "still.webp"), picture.ErrOtherFormat},
		"GIF":                   {[]byte("GIF89a\x01\x00"), picture.ErrOtherFormat},
		"TIFF":                  {[]byte("II*\x00\x08\x00"), picture.ErrOtherFormat},
		"PDF":                   {[]byte("%PDF-1.7\n"), picture.ErrPDF},
		"animated PNG":          {read(t, "animated.png"), picture.ErrOtherFormat},
		"too many bytes":        {append(good, make([]byte, 10<<20)...), picture.ErrTooLarge},
		"a wide JPEG":           {frame(65535, 65535), picture.ErrTooManyPixels},
		"no height":             {frame(1000, 0), picture.ErrDamaged},
		"too small":             {asJPEG(t, card(799, 600)), picture.ErrTooSmall},
		"a stripe":              {asJPEG(t, card(4000, 479)), picture.ErrTooSmall},
		"one pixel":             {asPNG(t, card(1, 1)), picture.ErrTooSmall},
		"a white sheet":         {asPNG(t, white), picture.ErrBlank},
		"a covered lens":        {asPNG(t, image.NewGray(image.Rect(0, 0, 900, 600))), picture.ErrBlank},
		"a header alone":        {frame(960, 600), picture.ErrDamaged},
		"a lossless JPEG":       {bytes.Replace(good, []byte{0xff, 0xc0}, []byte{0xff, 0xc3}, 1), picture.ErrOtherFormat},
		"two frames":            {insertSegment(good, 0xc0, []byte{8, 2, 88, 3, 192, 1, 1, 0x11, 0}), picture.ErrDamaged},
		"a picture in it":       {append(good[:20:20], good...), picture.ErrDamaged},
		"a PNG without header":  {[]byte("\x89PNG\r\n\x1a\n" + string(chunk("IDAT", []byte("x")))), picture.ErrDamaged},
		"a PNG, changed":        {bytes.Replace(asPNG(t, card(960, 600)), []byte("IEND"), []byte("IENX"), 1), picture.ErrDamaged},
		"a length beyond":       {[]byte("\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR0000000000000000"), picture.ErrDamaged},
		"nothing behind a mark": {[]byte("\xff\xd8\xff"), picture.ErrDamaged},
	} {
		p, err := in.Take(t.Context(), c.file)
		if !errors.Is(err, c.want) || p.JPEG != nil {
			t.Errorf("%s: %v, want %s", name, err, c.want.Key)
		}
	}
}

func TestEveryReasonHasItsTextInBothLanguages(t *testing.T) {
	all := []*fault.Error{
		picture.ErrTooLarge, picture.ErrNotAPicture, picture.ErrHEIC, picture.ErrPDF, picture.ErrOtherFormat, picture.ErrTooManyPixels,
		picture.ErrTooSmall, picture.ErrBlank, picture.ErrDamaged, picture.ErrBusy,
	}
	for _, lang := range []string{"it", "en"} {
		text, err := os.ReadFile("texts/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if !bytes.Contains(text, []byte(`"`+e.Key+`":`)) {
				t.Errorf("%s: %s has no text", lang, e.Key)
			}
		}
		if n := bytes.Count(text, []byte(`":`)); n != len(all) {
			t.Errorf("%s: %d texts for %d reasons", lang, n, len(all))
		}
	}
}
