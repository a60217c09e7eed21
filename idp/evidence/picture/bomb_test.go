package picture_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"atrio/base/fault"
	"atrio/idp/evidence/picture"
)

// ihdr is the header of a PNG with colours.
func ihdr(w, h uint32, depth, interlace byte) []byte {
	b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return chunk("IHDR", append(b, depth, 2, 0, 0, interlace))
}

func pngOf(chunks ...[]byte) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range chunks {
		out = append(out, c...)
	}
	return append(out, chunk("IEND", nil)...)
}

// zeros is that many of them, deflated.
func zeros(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	for ; n > 0; n -= len(block) {
		if _, err := w.Write(block[:min(n, len(block))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// allocated is what taking a file allocates.
func allocated(t *testing.T, in *picture.Intake, file []byte) (uint64, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := in.Take(t.Context(), file)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

func TestBombsAreKnownByTheirHeaders(t *testing.T) {
	in := intake(picture.Limits{})
	progressive := read(t, "progressive.jpg")
	huge := bytes.Clone(progressive)
	at := bytes.Index(huge, []byte{0xff, 0xc2})
	copy(huge[at+5:], []byte{0x1b, 0x58, 0x1b, 0x58}) // 7000 × 7000 and all its coefficients
	huge[at+11], huge[at+14], huge[at+17] = 0x11, 0x11, 0x11
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"100,000 × 100,000":        {pngOf(ihdr(100_000, 100_000, 8, 0), chunk("IDAT", zeros(t, 1<<16))), picture.ErrTooManyPixels},
		"2,147,483,647 × the same": {pngOf(ihdr(1<<31-1, 1<<31-1, 16, 0), chunk("IDAT", zeros(t, 1<<16))), picture.ErrTooManyPixels},
		"more than PNG allows":     {pngOf(ihdr(1<<32-1, 1000, 8, 0), chunk("IDAT", zeros(t, 1<<16))), picture.ErrDamaged},
		"deep and interlaced":      {pngOf(ihdr(7000, 7000, 16, 1), chunk("IDAT", zeros(t, 1<<16))), picture.ErrTooManyPixels},
		"all coefficients":         {huge, picture.ErrTooManyPixels},
	} {
		bytes, err := allocated(t, in, c.file)
		if !errors.Is(err, c.want) || bytes > 1<<20 {
			t.Errorf("%s: %d bytes, %v", name, bytes, err)
		}
	}
}

func TestWhatInflatesToMoreThanItsPixelsIsNotInflated(t *testing.T) {
	in := intake(picture.Limits{})
	bomb := zeros(t, 64<<20)
	if len(bomb) > 1<<20 {
		t.Fatalf("%d bytes are no bomb", len(bomb))
	}
	bytes, err := allocated(t, in, pngOf(ihdr(900, 600, 8, 0), chunk("IDAT", bomb)))
	if !errors.Is(err, picture.ErrDamaged) || bytes > 16<<20 {
		t.Errorf("%d bytes, %v", bytes, err)
	}
	// In a profile or a text it is not looked at.
	for _, name := range []string{"iCCP", "zTXt"} {
		bytes, err := allocated(t, in, insertChunk(asPNG(t, card(900, 600)), name, append([]byte("x\x00\x00"), bomb...)))
		if err != nil || bytes > 24<<20 {
			t.Errorf("%s: %d bytes, %v", name, bytes, err)
		}
	}
}

func TestScansWithoutEndAreNotFollowed(t *testing.T) {
	in := intake(picture.Limits{})
	file := read(t, "progressive.jpg")
	last := bytes.LastIndex(file, []byte{0xff, 0xda})
	scan := file[last : len(file)-2]
	bomb := append(file[:last:last], bytes.Repeat(scan, 5000)...)
	bytes, err := allocated(t, in, append(bomb, 0xff, 0xd9))
	if !errors.Is(err, picture.ErrDamaged) || bytes > 1<<20 {
		t.Errorf("%d bytes, %v", bytes, err)
	}
}

func TestWhatIsThoughtToBeTakenIsEnough(t *testing.T) {
	// Without making it smaller, an intake allocates the picture, its copy and the output.
	in := intake(picture.Limits{Size: 100})
	for name, file := range map[string][]byte{
		"baseline": asJPEG(t, card(1500, 1000)), "progressive": read(t, "progressive.jpg"), "444": read(t, "baseline444.jpg"), "CMYK": read(t, "cmyk.jpg"),
		"PNG": asPNG(t, card(1500, 1000)), "deep PNG": asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 1000, 600))), "palette": read(t, "palette.png"),
	} {
		thought, err := picture.MemoryOf(file)
		if err != nil {
			t.Fatal(err)
		}
		const around = 512 << 10 // tables of codes, buffers, the small picture
		got, _ := allocated(t, in, file)
		if got > uint64(thought)+around {
			t.Errorf("%s: %d bytes allocated, %d thought", name, got, thought)
		}
	}
}

func TestATruncatedPictureIsDamagedWhereverItEnds(t *testing.T) {
	in := intake(small)
	for name, c := range map[string]struct {
		file []byte
		cuts int
	}{
		"JPEG": {asJPEG(t, card(96, 60)), 300}, "PNG": {asPNG(t, card(96, 60)), 300}, "progressive": {read(t, "progressive.jpg"), 16},
		"CMYK": {read(t, "cmyk.jpg"), 8}, "palette": {read(t, "palette.png"), 16},
	} {
		for cut := 8; cut < len(c.file)-1; cut += 1 + len(c.file)/c.cuts {
			if _, err := in.Take(t.Context(), c.file[:cut]); !errors.Is(err, picture.ErrDamaged) {
				t.Errorf("%s cut at %d of %d: %v", name, cut, len(c.file), err)
			}
		}
	}
}

func TestAPictureThatTakesTooLongIsLeft(t *testing.T) {
	in := picture.NewIntake(picture.Limits{Time: time.Nanosecond})
	for _, file := range [][]byte{asJPEG(t, card(960, 600)), asPNG(t, card(960, 600))} {
		if _, err := in.Take(t.Context(), file); !errors.Is(err, picture.ErrBusy) || fault.From(err).AuditReason() != "picture_slow" {
			t.Errorf("%v", err)
		}
	}
}

func TestPicturesWaitForTheirTurnAndNotForEver(t *testing.T) {
	file := asJPEG(t, card(800, 480))
	for name, c := range map[string]struct {
		limits picture.Limits
		taken  int64
	}{
		"one at a time": {picture.Limits{At: 1}, 0}, "little memory": {picture.Limits{At: 2, Together: 4 << 20}, 4 << 20},
	} {
		synctest.Test(t, func(t *testing.T) { // in which the wait takes no time
			in := picture.NewIntake(c.limits)
			leave, err := in.Turn(t.Context(), c.taken)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if _, err := in.Take(t.Context(), file); !errors.Is(err, picture.ErrBusy) || fault.From(err).RetryAfter == 0 || time.Since(began) != 20*time.Second {
				t.Errorf("%s: %v", name, err)
			}
			done := make(chan error)
			go func() {
				_, err := in.Take(t.Context(), file)
				done <- err
			}()
			synctest.Wait()
			leave()
			if err := <-done; err != nil {
				t.Errorf("%s, when its turn came: %v", name, err)
			}
			if leave, err = in.Turn(t.Context(), max(c.taken, 1)); err != nil {
				t.Errorf("%s: a place is lost: %v", name, err)
			} else {
				leave()
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := intake(picture.Limits{}).Take(gone, file); !errors.Is(err, context.Canceled) {
		t.Errorf("somebody who left: %v", err)
	}
}

func TestAFullQueueTellsAtOnce(t *testing.T) {
	file := asJPEG(t, card(800, 480))
	synctest.Test(t, func(t *testing.T) {
		in := picture.NewIntake(picture.Limits{At: 1, Queue: 1})
		leave, err := in.Turn(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { // waits
			_, err := in.Take(t.Context(), file)
			done <- err
		}()
		synctest.Wait()
		began := time.Now()
		if _, err := in.Take(t.Context(), file); !errors.Is(err, picture.ErrBusy) || time.Since(began) != 0 {
			t.Errorf("%v", err)
		}
		leave()
		if err := <-done; err != nil {
			t.Errorf("whoever waited: %v", err)
		}
		if _, err := in.Take(t.Context(), file); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestManyPicturesAtOnce(t *testing.T) {
	in := intake(small)
	file := asJPEG(t, card(96, 60))
	done := make(chan error)
	for range 6 {
		go func() {
			_, err := in.Take(t.Context(), file)
			done <- err
		}()
	}
	for range 6 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
