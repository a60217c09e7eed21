// Package portaldb is all SQL of the portal: learners, their pictures,
// acceptances, courses, enrolments. What the rows mean is said in portal/profile
// and portal/course.
package portaldb

import (
	"embed"
	"io/fs"

	"atrio/db"
	"atrio/portal/course"
	"atrio/portal/login"
	"atrio/portal/profile"
)

//go:embed migration
var migrations embed.FS

// Module is the portal's part of the schema.
func Module() db.Module {
	sub, err := fs.Sub(migrations, "migration")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return db.Module{Name: "portal", FS: sub}
}

// Store reads and writes the portal's tables.
type Store struct {
	DB *db.DB
}

var (
	_ profile.Store = (*Store)(nil)
	_ login.Store   = (*Store)(nil)
	_ course.Store  = (*Store)(nil)
)
