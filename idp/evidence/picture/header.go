package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
)

// header is what a file says about itself before anything of it is decoded.
type header struct {
	format        string // "jpeg" or "png"
	width, height int
	orientation   int // of EXIF, from 1 to 8

	// JPEG: samples of all components, with the padding of blocks; whether all
	// coefficients are kept until the end; whether the decoder makes a copy.
	samples             int64
	progressive, copied bool
	components          int
	// PNG.
	pixelBytes int64
	interlaced bool
}

// memory is what Go's decoder will take at most, in bytes.
func (h header) memory() int64 {
	pixels := int64(h.width) * int64(h.height)
	if h.format == "png" {
		if h.interlaced { // each pass is an image of its own, beside the whole
			return 2 * pixels * h.pixelBytes
		}
		return pixels * h.pixelBytes
	}
	n := h.samples
	if h.progressive {
		n += 4 * h.samples // int32 coefficients
	}
	if h.copied {
		n += 4 * pixels // RGBA or CMYK beside the planes
	}
	return n
}

// look tells by the content what a file is, and reads its header.
func look(file []byte) (header, error) {
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xd8\xff")):
		return lookJPEG(file)
	case bytes.HasPrefix(file, []byte(pngSignature)):
		return lookPNG(file)
	}
	return header{}, foreign(file)
}

// foreign names what people send otherwise: each has another way on.
func foreign(file []byte) error {
	begins := func(s string) bool { return bytes.HasPrefix(file, []byte(s)) }
	switch {
	case len(file) >= 12 && string(file[4:8]) == "ftyp":
		return container(file)
	case bytes.Contains(file[:min(len(file), 1024)], []byte("%PDF-")):
		return ErrPDF
	case begins("GIF8"), begins("BM"), begins("II*\x00"), begins("MM\x00*"), begins("\xff\x0a"),
		begins("RIFF") && len(file) >= 12 && string(file[8:12]) == "WEBP",
		begins("\x00\x00\x00\x0cJXL "), begins("\x00\x00\x00\x0cjP  "), begins("\x00\x00\x01\x00"):
		return ErrOtherFormat
	}
	return ErrNotAPicture
}

// container tells HEIC from AVIF and films by the brands of the first box.
func container(file []byte) error {
	size := min(int64(binary.BigEndian.Uint32(file)), int64(len(file)), 256)
	var brands []string
	for at := int64(8); at+4 <= size; at += 4 {
		brands = append(brands, string(file[at:at+4]))
	}
	heic := false
	for _, b := range brands {
		if b == "avif" || b == "avis" {
			return ErrOtherFormat
		}
		heic = heic || slices.Contains([]string{"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"}, b)
	}
	if heic {
		return ErrHEIC
	}
	return ErrNotAPicture
}

// Markers of JPEG. ITU-T T.81 B.1.1.3
const (
	markerSOF0  = 0xc0 // baseline
	markerSOF1  = 0xc1 // extended
	markerSOF2  = 0xc2 // progressive
	markerSOF15 = 0xcf
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerRST0  = 0xd0
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerAPP1  = 0xe1
	markerAPP14 = 0xee
	markerTEM   = 0x01
)

// maxScans is more than any program writes. Each scan may cost a pass over the whole
// picture for a few bytes.
const maxScans = 100

var errMarkers = errors.New("picture: the markers of a JPEG do not fit")

// lookJPEG walks over all markers up to the end of the picture.
func lookJPEG(file []byte) (header, error) {
	h := header{format: "jpeg", orientation: 1}
	scans := 0
	for at := 2; ; {
		marker, body, next := nextMarker(file, at)
		switch {
		case next < 0:
			return header{}, ErrDamaged.Because(errMarkers)
		case marker == markerEOI:
			if h.components == 0 || scans == 0 {
				return header{}, ErrDamaged.Because(errMarkers)
			}
			return h, nil
		case marker == markerSOS:
			if scans++; scans > maxScans {
				return header{}, ErrDamaged.Because(errors.New("picture: more scans than any camera makes"))
			}
		case marker == markerAPP1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) && h.orientation == 1:
			h.orientation = orientation(body[6:])
		case marker == markerAPP14 && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
			h.copied = h.copied || body[11] == 0 // RGB as it is
		case marker >= markerSOF0 && marker <= markerSOF15 && marker != markerDHT && marker != markerJPG && marker != markerDAC:
			if err := h.frame(marker, body); err != nil {
				return header{}, err
			}
		}
		at = next
	}
}

// nextMarker finds the marker from at on. What is not one is passed over, as decoders
// do: so entropy-coded data are too. next is -1 when the file ends before.
func nextMarker(file []byte, at int) (marker byte, body []byte, next int) {
	for {
		i := bytes.IndexByte(file[at:], 0xff)
		if i < 0 {
			return 0, nil, -1
		}
		for at += i; at < len(file) && file[at] == 0xff; at++ {
		}
		if at >= len(file) {
			return 0, nil, -1
		}
		marker, at = file[at], at+1
		switch {
		case marker == 0, marker == markerTEM, marker >= markerRST0 && marker < markerSOI:
			continue // a stuffed byte, or a marker without a body
		case marker == markerEOI:
			return marker, nil, at
		case marker == markerSOI: // decoders disagree on a picture in a picture
			return 0, nil, -1
		}
		if at+2 > len(file) {
			return 0, nil, -1
		}
		size := int(binary.BigEndian.Uint16(file[at:]))
		if size < 2 || at+size > len(file) {
			return 0, nil, -1
		}
		return marker, file[at+2 : at+size], at + size
	}
}

// frame reads the header of the frame, of which there is one. ITU-T T.81 B.2.2
func (h *header) frame(marker byte, b []byte) error {
	if marker > markerSOF2 {
		return ErrOtherFormat // lossless, hierarchical, arithmetic
	}
	if h.components != 0 || len(b) < 6 || len(b) != 6+3*int(b[5]) || b[5] == 0 || b[5] > 4 {
		return ErrDamaged.Because(errMarkers)
	}
	h.progressive = marker == markerSOF2
	h.height, h.width, h.components = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:])), int(b[5])
	var high, wide int64 = 1, 1
	for c := range h.components {
		hv := b[6+3*c+1]
		if hv>>4 == 0 || hv>>4 > 4 || hv&15 == 0 || hv&15 > 4 {
			return ErrDamaged.Because(errMarkers)
		}
		wide, high = max(wide, int64(hv>>4)), max(high, int64(hv&15))
	}
	across := (int64(h.width) + 8*wide - 1) / (8 * wide)
	down := (int64(h.height) + 8*high - 1) / (8 * high)
	ids := ""
	for c := range h.components {
		hv := b[6+3*c+1]
		h.samples += across * down * 64 * int64(hv>>4) * int64(hv&15)
		ids += string(rune(b[6+3*c]))
	}
	h.copied = h.copied || h.components == 4 || ids == "RGB"
	return nil
}

const pngSignature = "\x89PNG\r\n\x1a\n"

var errChunks = errors.New("picture: the chunks of a PNG do not fit")

// lookPNG walks over the chunks up to the image data. PNG 11.2.1
func lookPNG(file []byte) (header, error) {
	h := header{format: "png", orientation: 1}
	for at := len(pngSignature); ; {
		if at+12 > len(file) {
			return header{}, ErrDamaged.Because(errChunks)
		}
		size := int64(binary.BigEndian.Uint32(file[at:]))
		if size > int64(len(file)-at-12) {
			return header{}, ErrDamaged.Because(errChunks)
		}
		name, body := string(file[at+4:at+8]), file[at+8:at+8+int(size)]
		if (at == len(pngSignature)) != (name == "IHDR") {
			return header{}, ErrDamaged.Because(errChunks)
		}
		switch name {
		case "IHDR":
			if len(body) != 13 || binary.BigEndian.Uint32(body) > 1<<31-1 || binary.BigEndian.Uint32(body[4:]) > 1<<31-1 {
				return header{}, ErrDamaged.Because(errChunks)
			}
			h.width, h.height = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
			h.interlaced, h.pixelBytes = body[12] != 0, 4
			if body[8] == 16 {
				h.pixelBytes = 8
			}
		case "acTL":
			return header{}, ErrOtherFormat // several pictures: which of them did the person mean?
		case "eXIf":
			h.orientation = orientation(body)
		case "IDAT":
			return h, nil
		}
		at += 12 + int(size)
	}
}

// orientation reads tag 0x0112 of the first directory of EXIF; 1 when it is not there
// or not understood.
func orientation(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	switch {
	case bytes.HasPrefix(tiff, []byte("II*\x00")):
		order = binary.LittleEndian
	case !bytes.HasPrefix(tiff, []byte("MM\x00*")):
		return 1
	}
	if len(tiff) < 8 {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := int64(order.Uint16(tiff[at:]))
	for n := range entries {
		from := at + 2 + 12*n
		if from+12 > int64(len(tiff)) {
			return 1
		}
		e := tiff[from : from+12]
		if order.Uint16(e) != 0x0112 {
			continue
		}
		if v := order.Uint16(e[8:]); order.Uint16(e[2:]) == 3 && order.Uint32(e[4:]) == 1 && v >= 1 && v <= 8 {
			return int(v)
		}
		return 1
	}
	return 1
}
