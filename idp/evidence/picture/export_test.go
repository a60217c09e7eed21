package picture

import (
	"context"
	"image"
)

// Turn takes a place, so that a test can fill an intake.
func (in *Intake) Turn(ctx context.Context, memory int64) (leave func(), err error) {
	return in.turn(ctx, memory)
}

// MemoryOf is what decoding a file is thought to take.
func MemoryOf(file []byte) (int64, error) {
	h, err := look(file)
	return h.memory(), err
}

// EncodeQuarter encodes what has a quarter of the pixels that come out at most, into a
// quarter of the bytes.
func EncodeQuarter(img image.Image) ([]byte, error) { return encode(img, maxOutput/4) }
