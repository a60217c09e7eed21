package app

import (
	"context"
	"fmt"

	"atrio/app/config"
	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/idpdb"
)

// closedWays warns of requests whose way of identification is switched off: their pages lead
// to another, and what waits is given back. Whoever did not mean that reads it before people do.
func closedWays(ctx context.Context, c *config.IdP) (warnings []string, err error) {
	if !c.Evidence.Configured() {
		return nil, nil // no requests are taken
	}
	d, err := db.Open(ctx, c.Database.Reveal())
	if err != nil {
		return nil, fmt.Errorf("idp: database: %w", err)
	}
	defer d.Close()
	waiting, err := idpdb.NewStore(d, nil, nil).Unidentified(ctx)
	if err != nil {
		return nil, err
	}
	for _, way := range enrolment.Methods() {
		if n := waiting[way]; n > 0 && !served(c, way) {
			warnings = append(warnings, fmt.Sprintf("idp: requests on the way %q, which is switched off: %d; they are led to another way", way, n))
		}
	}
	return warnings, nil
}

// served tells whether the configuration has the pages of a way of identification.
func served(c *config.IdP, way enrolment.Method) bool {
	switch way {
	case enrolment.Signature:
		return c.Signature.Configured()
	case enrolment.CNS:
		return c.CNS.Configured()
	case enrolment.RAO:
		return c.RAO.Configured()
	case enrolment.Chip:
		return c.OffersChip()
	case enrolment.Video:
		return c.Video.Configured()
	}
	return true
}
