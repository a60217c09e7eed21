package samlsso

import (
	"embed"
	"io/fs"
	"strings"

	"atrio/federation/spid"
	"atrio/web/ui"
)

//go:embed pages texts anomaly
var files embed.FS

// Pages are the pages of this package.
func Pages() ui.Pages { return ui.Pages{Name: "samlsso", FS: files} }

// AnomalyPages are the pages about anomalies, with the official texts of SPID.
func AnomalyPages() ui.Pages {
	return ui.Pages{Name: "anomaly", FS: joined{files, spid.Texts()}}
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
	return j.pages.Open("anomaly/" + name)
}
