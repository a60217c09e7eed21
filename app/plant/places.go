package plant

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"atrio/app/config"
	"atrio/assets"
	"atrio/people/places"
)

// Places opens the directory of municipalities and states: what comes with the
// program, or the archive that was imported.
func Places(f *config.File) (*places.Directory, error) {
	own, err := places.Open(assets.FS())
	if err != nil || f.Places.Archive == "" {
		return own, err
	}
	archive, err := ReadArchive(f.Places.Archive)
	switch {
	case errors.Is(err, fs.ErrNotExist): // not imported yet
		return own, nil
	case err != nil:
		return nil, fmt.Errorf("places.archive: %w: run atrio places import again, or leave the setting out", err)
	}
	return own.With(archive), nil
}

// ReadArchive reads an archive of municipalities from a file.
func ReadArchive(path string) (*places.Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return places.ReadANPR(f)
}

// placeName is what pages show for the code of a place: the name and province that
// it has today or had last.
func (p *Plant) placeName(lang, code string) string {
	place, _ := p.Places.Find(code, time.Time{})
	if place.Abroad() {
		return place.In(lang)
	}
	return place.Label()
}
