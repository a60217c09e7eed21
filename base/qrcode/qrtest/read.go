// Package qrtest reads QR codes back from their squares, so that tests know that what was drawn
// says what it should. It corrects nothing: a wrong square is a wrong text.
package qrtest

import (
	"errors"
	"fmt"
	"image"
	"strings"
)

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// Picture finds a code in a picture that holds nothing else that is dark, and reads it.
func Picture(img image.Image, area image.Rectangle) (string, error) {
	dark := func(x, y int) bool {
		r, g, b, _ := img.At(x, y).RGBA()
		return r+g+b < 3*0x8000
	}
	var found image.Rectangle
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if dark(x, y) {
				found = found.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	// The corner at the upper left is seven dark squares wide.
	run := 0
	for x := found.Min.X; x < found.Max.X && dark(x, found.Min.Y); x++ {
		run++
	}
	if run < 7 || found.Dx() < 21 {
		return "", errors.New("qrtest: no code in the picture")
	}
	square := float64(run) / 7
	size := 17 + 4*int((float64(found.Dx())/square-17)/4+0.5)
	square = float64(found.Dx()) / float64(size)
	return Read(size, func(x, y int) bool {
		return dark(found.Min.X+int((float64(x)+0.5)*square), found.Min.Y+int((float64(y)+0.5)*square))
	})
}

// dataBytes by version and level (L, M): those of one block alone. ISO/IEC 18004 table 9
var dataBytes = map[int]map[int]int{1: {1: 19, 0: 16}, 2: {1: 34, 0: 28}, 3: {1: 55, 0: 44}}

// Read reads a code of version 1 to 3 without its margin; black is asked for column and row.
func Read(size int, black func(column, row int) bool) (string, error) {
	version := (size - 17) / 4
	if size != 17+4*version || dataBytes[version] == nil {
		return "", fmt.Errorf("qrtest: %d squares a side", size)
	}
	format := 0 // ISO/IEC 18004 7.9: level and mask stand beside the upper left corner
	for column := range 5 {
		format <<= 1
		if black(column, 8) {
			format |= 1
		}
	}
	format ^= 0b10101
	level, mask := format>>3, format&7
	count, ok := dataBytes[version][level]
	if !ok {
		return "", fmt.Errorf("qrtest: level %d", level)
	}
	bits := stream(size, version, func(x, y int) bool { return black(x, y) != masked(mask, x, y) })
	if len(bits) < 8*count {
		return "", errors.New("qrtest: too few squares")
	}
	return text(bits[:8*count])
}

// masked: ISO/IEC 18004 table 10.
func masked(mask, x, y int) bool {
	switch mask {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (y/2+x/3)%2 == 0
	case 5:
		return x*y%2+x*y%3 == 0
	case 6:
		return (x*y%2+x*y%3)%2 == 0
	}
	return ((x+y)%2+x*y%3)%2 == 0
}

// stream reads the squares of data, two columns at a time from the right, up and down. ISO/IEC 18004 7.7.3
func stream(size, version int, at func(x, y int) bool) (bits []bool) {
	up := true
	for right := size - 1; right > 0; right -= 2 {
		if right == 6 { // the column of the clock
			right--
		}
		for n := range size {
			y := n
			if up {
				y = size - 1 - n
			}
			for _, x := range []int{right, right - 1} {
				if !reserved(size, version, x, y) {
					bits = append(bits, at(x, y))
				}
			}
		}
		up = !up
	}
	return bits
}

func reserved(size, version, x, y int) bool {
	corner := (x < 9 && y < 9) || (x < 9 && y >= size-8) || (x >= size-8 && y < 9)
	align := version > 1 && x >= size-9 && x <= size-5 && y >= size-9 && y <= size-5
	return corner || align || x == 6 || y == 6
}

// text reads the segments. ISO/IEC 18004 7.4
func text(bits []bool) (string, error) {
	take := func(n int) (v int) {
		for ; n > 0 && len(bits) > 0; n-- {
			v <<= 1
			if bits[0] {
				v |= 1
			}
			bits = bits[1:]
		}
		return v
	}
	var out strings.Builder
	for len(bits) >= 4 {
		switch mode := take(4); mode {
		case 0:
			return out.String(), nil
		case 1:
			for n := take(10); n > 0 && len(bits) > 0; n -= 3 {
				digits := min(n, 3)
				fmt.Fprintf(&out, "%0*d", digits, take([]int{0, 4, 7, 10}[digits]))
			}
		case 2:
			for n := take(9); n > 0 && len(bits) > 0; n -= 2 {
				if n == 1 {
					out.WriteByte(alphabet[take(6)%len(alphabet)])
					break
				}
				v := take(11)
				out.WriteByte(alphabet[v/45%len(alphabet)])
				out.WriteByte(alphabet[v%45])
			}
		case 4:
			for n := take(8); n > 0 && len(bits) > 0; n-- {
				out.WriteByte(byte(take(8)))
			}
		default:
			return "", fmt.Errorf("qrtest: mode %d", mode)
		}
	}
	return out.String(), nil
}
