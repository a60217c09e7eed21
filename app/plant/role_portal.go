package plant

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pelletier/go-toml/v2"

	"atrio/app/config"
	"atrio/portal"
	"atrio/portal/course"
	"atrio/portal/portaldb"
)

// OpenPortal wires the portal.
func (p *Plant) OpenPortal(ctx context.Context, c *config.Portal) (*Role, error) {
	g, err := p.openGround(ctx, "portal", c.Role, c.BaseURL, portaldb.Module())
	if err != nil {
		return nil, err
	}
	store := &portaldb.Store{DB: g.DB}
	if err := loadCourses(ctx, store, c.Courses); err != nil {
		return nil, g.fail(err)
	}
	site, err := g.site(portal.Pages())
	if err != nil {
		return nil, g.fail(err)
	}
	site.Layout = portal.Layout
	runner, err := g.runner(nil)
	if err != nil {
		return nil, g.fail(err)
	}
	mounts := portal.New(c.Config, portal.Deps{
		Site: site, Keyring: g.ring, Learners: store, Arrivals: store, Courses: store, Now: p.Now,
	})
	return &Role{Ground: g, site: site, Handler: site.Handler(mounts...), Jobs: runner}, nil
}

// loadCourses brings the catalogue of a file into the database; no file, no change.
func loadCourses(ctx context.Context, store *portaldb.Store, path string) error {
	if path == "" {
		return nil
	}
	list, err := ReadCourses(path)
	if err != nil {
		return fmt.Errorf("portal.courses: %w", err)
	}
	return store.SaveCourses(ctx, list)
}

// ReadCourses reads and checks [[course]] tables.
func ReadCourses(path string) ([]course.Course, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var file struct {
		Course []course.Course `toml:"course"`
	}
	if err := toml.NewDecoder(f).DisallowUnknownFields().Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var faults []error
	for _, c := range file.Course {
		faults = append(faults, c.Validate())
	}
	return file.Course, errors.Join(faults...)
}
