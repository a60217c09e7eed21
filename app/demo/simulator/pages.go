package simulator

import (
	"embed"
	"io/fs"
	"strings"

	"atrio/federation/spid"
	"atrio/web/ui"
)

//go:embed pages texts trial
var files embed.FS

// Pages are the pages of this package, with the texts of the world of SPID: its
// attributes and its anomalies, which CIE and the eIDAS node share.
func Pages() []ui.Pages {
	return []ui.Pages{{Name: "simulator", FS: files}, {Name: "trial", FS: joined{files, spid.Texts()}}}
}

// joined takes pages from one place and texts from another.
type joined struct{ pages, texts fs.FS }

// Open implements fs.FS.
func (j joined) Open(name string) (fs.File, error) {
	if name == "texts" {
		return j.texts.Open(".")
	}
	if rest, ok := strings.CutPrefix(name, "texts/"); ok {
		return j.texts.Open(rest)
	}
	return j.pages.Open("trial/" + name)
}
