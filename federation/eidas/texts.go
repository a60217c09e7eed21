package eidas

import (
	"embed"
	"io/fs"
	"sync"
)

//go:embed texts/it.json texts/en.json
var texts embed.FS

// tree is made once: pages that are given the same one are parsed once.
var tree = sync.OnceValue(func() fs.FS {
	sub, err := fs.Sub(texts, "texts")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
})

// Texts holds it.json and en.json, the words for the error codes and refusals of
// the eIDAS node and the names of countries, for the message catalogue of a product.
func Texts() fs.FS { return tree() }
