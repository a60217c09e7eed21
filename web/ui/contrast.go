package ui

import (
	"fmt"
	"math"
	"strconv"
)

// contrastWithWhite is the contrast ratio of #rgb or #rrggbb with white.
// WCAG 2.2 "relative luminance", "contrast ratio"
func contrastWithWhite(colour string) (float64, error) {
	if len(colour) == 4 && colour[0] == '#' {
		colour = string([]byte{'#', colour[1], colour[1], colour[2], colour[2], colour[3], colour[3]})
	}
	if len(colour) != 7 || colour[0] != '#' {
		return 0, fmt.Errorf("%s must be written as #rrggbb", colour)
	}
	rgb, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil {
		return 0, fmt.Errorf("%s must be written as #rrggbb", colour)
	}
	luminance := 0.2126*linear(rgb>>16&0xff) + 0.7152*linear(rgb>>8&0xff) + 0.0722*linear(rgb&0xff)
	return 1.05 / (luminance + 0.05), nil
}

// linear turns one sRGB channel of 8 bits into linear light.
func linear(channel uint64) float64 {
	v := float64(channel) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}
