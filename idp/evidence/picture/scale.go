package picture

import (
	"context"
	"image"
	"image/color"
)

// scale makes the longest side at most size, on white where the picture is transparent.
// Each new pixel is the exact mean of the area that it covers.
func scale(ctx context.Context, img image.Image, size int) (*image.RGBA, error) {
	b := img.Bounds()
	sw, sh := b.Dx(), b.Dy()
	dw, dh := sw, sh
	if long := max(sw, sh); long > size {
		dw, dh = max(1, (sw*size+long/2)/long), max(1, (sh*size+long/2)/long)
	}
	out := image.NewRGBA(image.Rect(0, 0, dw, dh))
	read := rows(img)
	line := make([]uint8, 3*sw)
	narrow, sum := make([]uint64, 3*dw), make([]uint64, 3*dw)
	// In units in which an old pixel is dh high and a new one sh, borders are whole.
	y, filled := 0, 0
	for sy := range sh {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		read(b.Min.Y+sy, line)
		squeeze(narrow, line, sw, dw)
		for left := dh; left > 0; {
			part := min(left, sh-filled)
			for i, v := range narrow {
				sum[i] += v * uint64(part)
			}
			left, filled = left-part, filled+part
			if filled == sh {
				put(out, y, sum, uint64(sw)*uint64(sh))
				y, filled = y+1, 0
			}
		}
	}
	return out, nil
}

// squeeze adds the pixels of a line into fewer, by the parts that each covers.
func squeeze(to []uint64, line []uint8, sw, dw int) {
	clear(to)
	x, filled := 0, 0
	for sx := range sw {
		p := line[3*sx : 3*sx+3]
		for left := dw; left > 0; {
			part := min(left, sw-filled)
			for c := range 3 {
				to[3*x+c] += uint64(p[c]) * uint64(part)
			}
			left, filled = left-part, filled+part
			if filled == sw {
				x, filled = x+1, 0
			}
		}
	}
}

func put(out *image.RGBA, y int, sum []uint64, area uint64) {
	row := out.Pix[y*out.Stride:]
	for i, v := range sum {
		row[4*(i/3)+i%3] = uint8((v + area/2) / area)
		sum[i] = 0
	}
	for x := range len(sum) / 3 {
		row[4*x+3] = 0xff
	}
}

// rows gives a function that reads a line as RGB; the kinds of pictures that cameras
// make are read without a call for each pixel.
func rows(img image.Image) func(y int, line []uint8) {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.YCbCr:
		return func(y int, line []uint8) {
			for x := range b.Dx() {
				yi, ci := m.YOffset(b.Min.X+x, y), m.COffset(b.Min.X+x, y)
				line[3*x], line[3*x+1], line[3*x+2] = color.YCbCrToRGB(m.Y[yi], m.Cb[ci], m.Cr[ci])
			}
		}
	case *image.Gray:
		return func(y int, line []uint8) {
			from := m.Pix[m.PixOffset(b.Min.X, y):]
			for x := range b.Dx() {
				line[3*x], line[3*x+1], line[3*x+2] = from[x], from[x], from[x]
			}
		}
	case *image.NRGBA:
		return func(y int, line []uint8) {
			from := m.Pix[m.PixOffset(b.Min.X, y):]
			for x := range b.Dx() {
				a := uint32(from[4*x+3])
				for c := range 3 {
					line[3*x+c] = uint8((uint32(from[4*x+c])*a + 0xff*(0xff-a) + 127) / 0xff)
				}
			}
		}
	case image.RGBA64Image:
		return func(y int, line []uint8) {
			for x := range b.Dx() {
				p := m.RGBA64At(b.Min.X+x, y)
				white := 0xffff - p.A
				line[3*x], line[3*x+1], line[3*x+2] = uint8((p.R+white)>>8), uint8((p.G+white)>>8), uint8((p.B+white)>>8)
			}
		}
	}
	return func(y int, line []uint8) {
		for x := range b.Dx() {
			red, green, blue, a := img.At(b.Min.X+x, y).RGBA()
			white := 0xffff - a
			line[3*x], line[3*x+1], line[3*x+2] = uint8((red+white)>>8), uint8((green+white)>>8), uint8((blue+white)>>8)
		}
	}
}

// turned applies the orientation of EXIF: from how the sensor stood to how one looks.
func turned(img *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(out.Pix[out.PixOffset(tx, ty):], img.Pix[img.PixOffset(x, y):][:4])
		}
	}
	return out
}

// blank says that there is nothing to see: all but a few pixels have one brightness. A
// covered lens and a white sheet are so; a card on a table never is.
func blank(img *image.RGBA) bool {
	var count [256]int
	for i := 0; i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+3]
		count[(299*int(p[0])+587*int(p[1])+114*int(p[2]))/1000]++
	}
	few := len(img.Pix) / 4 / 500
	const contrast = 24
	return edge(count, few, 255, -1)-edge(count, few, 0, 1) < contrast
}

// edge is the brightness beyond which, from one end, there are but few pixels.
func edge(count [256]int, few, from, by int) int {
	for seen := count[from]; seen <= few && from+by >= 0 && from+by <= 255; seen += count[from] {
		from += by
	}
	return from
}
