package spid

import (
	"embed"
	"io/fs"
	"sync"
)

//go:embed texts/it.json texts/en.json
var texts embed.FS

// Texts holds it.json and en.json, the words for the anomalies and the labels of the
// attributes, for the message catalogue of a product.
var Texts = sync.OnceValue(func() fs.FS {
	sub, err := fs.Sub(texts, "texts")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
})
