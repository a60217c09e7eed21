package picture_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"atrio/idp/evidence/picture"
)

// photo is a picture with as much detail as a camera gives.
func photo(w, h int) *image.RGBA {
	dice := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // noise
	img := card(w, h)
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = uint8(min(255, int(img.Pix[i])+dice.IntN(12)))
		}
	}
	return img
}

// BenchmarkTake is what a picture costs: time, allocations, and in peak-MB what its
// decoder holds at most by the header.
func BenchmarkTake(b *testing.B) {
	in := intake(picture.Limits{Bytes: 64 << 20})
	for _, c := range []struct {
		name string
		file []byte
	}{
		{"webcam 1280x720", asJPEG(b, photo(1280, 720))},
		{"telephone 12 MP", asJPEG(b, photo(4032, 3024))},
		{"telephone 50 MP", asJPEG(b, photo(8160, 6120))},
		{"PNG 1280x720", asPNG(b, photo(1280, 720))},
	} {
		b.Run(c.name, func(b *testing.B) {
			memory, err := picture.MemoryOf(c.file)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(c.file)))
			for b.Loop() {
				if _, err := in.Take(b.Context(), c.file); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(memory)/(1<<20), "peak-MB")
		})
	}
}
