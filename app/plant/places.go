package plant

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
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

// placesLater opens the directory for who first asks: opening takes a tenth of a second
// and leaves behind more memory than the roles hold, and most processes need no place.
// What can be seen at once is told at once; `atrio check` reads the whole archive.
func placesLater(f *config.File, log *slog.Logger) (func() *places.Directory, error) {
	if _, err := fs.Stat(assets.FS(), places.Built); err != nil {
		return nil, fmt.Errorf("places: not built yet: run `make assets`: %w", err)
	}
	if f.Places.Archive != "" {
		if err := readable(f.Places.Archive); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("places.archive: %w", err)
		}
	}
	return sync.OnceValue(func() *places.Directory {
		d, err := Places(f)
		if err == nil {
			return d
		}
		log.Error("places", "cause", err.Error())
		if d, err = places.Open(assets.FS()); err != nil { // a test of people/places opens what was built
			return new(places.Directory)
		}
		return d
	}), nil
}

// readable tells whether a file has the first line of an archive.
func readable(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return places.CheckANPR(f)
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
	place, _ := p.Places().Find(code, time.Time{})
	if place.Abroad() {
		return place.In(lang)
	}
	return place.Label()
}
