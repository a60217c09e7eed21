// Package picturetest makes photographs for tests of those who take them.
package picturetest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"sync"
)

// Card is a photograph of a document, as JPEG: light, with marks, sharp and large enough
// to be taken. It is made once a process.
var Card = sync.OnceValue(func() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 1000, 640))
	for y := range 640 {
		for x := range 1000 {
			c := color.RGBA{235, 235, 225, 255}
			if (x/20+y/20)%3 == 0 {
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
