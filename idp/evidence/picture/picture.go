// Package picture takes pictures of documents from strangers: it looks at the content,
// not at the name, bounds bytes, pixels, memory, time and number at once, and gives a
// new JPEG in which nothing of the file that came is left but what one sees.
// // I5, decision 0035
//
// It owns what may come in and the words for what may not. Where pictures go is
// idp/evidence's matter.
//
// For those who write pages: an <input type="file" accept="image/jpeg,image/png"> makes
// the iPhone convert HEIC by itself; with accept="image/*" it sends HEIC.
package picture

import (
	"context"
	"embed"
	"errors"
	"runtime"
	"time"

	"atrio/base/fault"
	"atrio/web/ui"

	"golang.org/x/sync/semaphore"
)

//go:embed texts
var files embed.FS

// Pages are the texts of this package; it has no page.
func Pages() ui.Pages { return ui.Pages{Name: "picture", FS: files} }

// MediaType is what comes out.
const MediaType = "image/jpeg"

// Limits bound what comes in. Zero fields take the defaults.
type Limits struct {
	Bytes  int64 // of the file; 10 MB
	Pixels int64 // 50 million: what a telephone makes today
	// Long and Short are the least lengths of the longer and the shorter side: letters
	// on a card must be legible. 800 and 480.
	Long, Short int
	// Size is the longest side of what comes out; 2,400.
	Size int
	// Memory bounds what decoding one picture takes, from its header; 400 MB.
	Memory int64
	// Together bounds the memory of all that are decoded at once; 512 MB. At is how many
	// those may be; the number of processors when 0.
	Together int64
	At       int
	// Queue is how many may wait, each with its file in memory; 32. Whoever comes after
	// them is told at once to come back.
	Queue int
	// Time bounds one picture, Wait how long it waits for its turn; 10 s, 20 s. Both are
	// real time.
	Time, Wait time.Duration
}

// The defaults.
const (
	defaultBytes    = 10 << 20
	defaultPixels   = 50_000_000
	defaultLong     = 800
	defaultShort    = 480
	defaultSize     = 2400
	defaultMemory   = 400 << 20
	defaultTogether = 512 << 20
	defaultQueue    = 32
	defaultTime     = 10 * time.Second
	defaultWait     = 20 * time.Second
)

// Picture is what comes out.
type Picture struct {
	JPEG          []byte
	Width, Height int
	// From is what came in: "jpeg" or "png".
	From string
}

// Intake takes pictures in. Make one for the whole process with NewIntake.
type Intake struct {
	limits Limits
	memory *semaphore.Weighted
	turns  *semaphore.Weighted
	queue  *semaphore.Weighted // those who wait and those whose turn it is
}

// NewIntake makes the intake of a process.
func NewIntake(l Limits) *Intake {
	l.Bytes, l.Pixels = or(l.Bytes, defaultBytes), or(l.Pixels, defaultPixels)
	l.Long, l.Short, l.Size = or(l.Long, defaultLong), or(l.Short, defaultShort), or(l.Size, defaultSize)
	l.Memory, l.Together = or(l.Memory, defaultMemory), or(l.Together, defaultTogether)
	l.At = or(l.At, runtime.GOMAXPROCS(0))
	l.Time, l.Wait = or(l.Time, defaultTime), or(l.Wait, defaultWait)
	l.Queue = or(l.Queue, defaultQueue)
	l.Memory = min(l.Memory, l.Together)
	return &Intake{
		limits: l, memory: semaphore.NewWeighted(l.Together), turns: semaphore.NewWeighted(int64(l.At)), queue: semaphore.NewWeighted(int64(l.At + l.Queue)),
	}
}

func or[T int | int64 | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// MaxBytes is what the page that reads the form should read of a file, and a byte more.
func (in *Intake) MaxBytes() int64 { return in.limits.Bytes }

// The reasons for which a picture is not taken. Keys are texts that say what to do.
var (
	ErrTooLarge      = fault.New(fault.TooLarge, "idp.picture.too_large").For("picture_too_large")
	ErrNotAPicture   = fault.New(fault.Unsupported, "idp.picture.not_a_picture").For("picture_not_a_picture")
	ErrHEIC          = fault.New(fault.Unsupported, "idp.picture.heic").For("picture_heic")
	ErrPDF           = fault.New(fault.Unsupported, "idp.picture.pdf").For("picture_pdf")
	ErrOtherFormat   = fault.New(fault.Unsupported, "idp.picture.other_format").For("picture_other_format")
	ErrTooManyPixels = fault.New(fault.Unprocessable, "idp.picture.too_many_pixels").For("picture_too_many_pixels")
	ErrTooSmall      = fault.New(fault.Unprocessable, "idp.picture.too_small").For("picture_too_small")
	ErrBlank         = fault.New(fault.Unprocessable, "idp.picture.blank").For("picture_blank")
	ErrDamaged       = fault.New(fault.Unprocessable, "idp.picture.damaged").For("picture_damaged")
	// ErrBusy is our fault, not the picture's.
	ErrBusy = fault.New(fault.Unavailable, "idp.picture.busy").For("picture_busy").Retry(10 * time.Second)
)

// Take gives the picture in a file, or the reason why it is not taken.
func (in *Intake) Take(ctx context.Context, file []byte) (Picture, error) {
	if int64(len(file)) > in.limits.Bytes {
		return Picture{}, ErrTooLarge.With("max", in.limits.Bytes>>20)
	}
	h, err := look(file)
	if err != nil {
		return Picture{}, err
	}
	if err := in.bounds(h); err != nil {
		return Picture{}, err
	}
	leave, err := in.turn(ctx, h.memory())
	if err != nil {
		return Picture{}, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, in.limits.Time)
	defer cancel()
	return convert(ctx, file, h, in.limits)
}

// bounds judges a picture by its header, before any of it is decoded.
func (in *Intake) bounds(h header) error {
	pixels := int64(h.width) * int64(h.height)
	switch {
	case h.width <= 0 || h.height <= 0:
		return ErrDamaged.Because(errors.New("picture: no width or height"))
	case pixels > in.limits.Pixels, h.memory() > in.limits.Memory:
		return ErrTooManyPixels.With("max", in.limits.Pixels/1_000_000)
	case max(h.width, h.height) < in.limits.Long, min(h.width, h.height) < in.limits.Short:
		return ErrTooSmall.With("long", in.limits.Long, "short", in.limits.Short)
	}
	return nil
}

// turn waits until so much memory and a processor are free.
func (in *Intake) turn(ctx context.Context, memory int64) (leave func(), err error) {
	if !in.queue.TryAcquire(1) {
		return nil, ErrBusy.Because(errors.New("picture: the queue is full"))
	}
	ctx, cancel := context.WithTimeout(ctx, in.limits.Wait)
	defer cancel()
	if err := in.turns.Acquire(ctx, 1); err != nil {
		in.queue.Release(1)
		return nil, ErrBusy.Because(err)
	}
	if err := in.memory.Acquire(ctx, memory); err != nil {
		in.turns.Release(1)
		in.queue.Release(1)
		return nil, ErrBusy.Because(err)
	}
	return func() {
		in.memory.Release(memory)
		in.turns.Release(1)
		in.queue.Release(1)
	}, nil
}
