package portrait

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation reads from the EXIF part of a JPEG how the camera was held, 1 to 8;
// 1 is upright, and what is said where nothing can be read. // Exif 2.32, 4.6.4 A
func orientation(file []byte) int {
	tiff := exif(file)
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	start := int64(order.Uint32(tiff[4:]))
	if start < 8 || start+2 > int64(len(tiff)) {
		return 1
	}
	directory := tiff[start+2:]
	for range order.Uint16(tiff[start:]) {
		if len(directory) < 12 {
			return 1
		}
		const tag, short = 0x0112, 3
		if order.Uint16(directory) == tag && order.Uint16(directory[2:]) == short {
			if v := int(order.Uint16(directory[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		directory = directory[12:]
	}
	return 1
}

// exif finds the TIFF structure in the segments before the picture.
func exif(file []byte) []byte {
	if len(file) < 2 || file[0] != 0xff || file[1] != 0xd8 {
		return nil
	}
	const app1, startOfScan = 0xe1, 0xda
	for rest := file[2:]; len(rest) >= 4 && rest[0] == 0xff && rest[1] != startOfScan; {
		size := 2 + int(binary.BigEndian.Uint16(rest[2:]))
		if size < 4 || size > len(rest) {
			return nil
		}
		if tiff, ok := bytes.CutPrefix(rest[4:size], []byte("Exif\x00\x00")); ok && rest[1] == app1 {
			return tiff
		}
		rest = rest[size:]
	}
	return nil
}

// upright gives the point of a stored square that is seen at x, y when the picture
// is turned as its orientation says.
func upright(turn, side, x, y int) image.Point {
	last := side - 1
	switch turn {
	case 2:
		return image.Pt(last-x, y)
	case 3:
		return image.Pt(last-x, last-y)
	case 4:
		return image.Pt(x, last-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(y, last-x)
	case 7:
		return image.Pt(last-y, last-x)
	case 8:
		return image.Pt(last-y, x)
	}
	return image.Pt(x, y)
}
