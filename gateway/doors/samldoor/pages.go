package samldoor

import (
	"io/fs"
	"strings"
)

// PagesWithTexts is one file system for the pages of a door and the texts of its
// world, which stand with the rules of that world.
func PagesWithTexts(pages, texts fs.FS) fs.FS { return joined{pages, texts} }

type joined struct{ pages, texts fs.FS }

// Open implements fs.FS.
func (j joined) Open(name string) (fs.File, error) {
	if name == "texts" {
		return j.texts.Open(".")
	}
	if rest, ok := strings.CutPrefix(name, "texts/"); ok {
		return j.texts.Open(rest)
	}
	return j.pages.Open(name)
}
