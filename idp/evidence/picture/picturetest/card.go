// Package picturetest makes photographs for tests of those who take them.
package picturetest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"sync"

	"atrio/idp/evidence/picture"
)

// Limits take small photographs, as Card is: what is done to a picture of a true size, the
// tests of picture see.
func Limits() picture.Limits { return picture.Limits{Long: width, Short: height} }

const width, height = 200, 128

// Card is a photograph of a document, as JPEG: light, with marks, sharp and large enough
// to be taken within Limits. It is made once a process.
var Card = sync.OnceValue(func() []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.RGBA{235, 235, 225, 255}
			if (x/4+y/4)%3 == 0 {
				c = color.RGBA{30, 60, 120, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var made bytes.Buffer
	if err := jpeg.Encode(&made, img, nil); err != nil {
		panic(err)
	}
	return made.Bytes()
})
