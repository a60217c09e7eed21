package command

import (
	"context"
	"errors"

	"atrio/app/config"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
)

// Open opens the gateway's database, whose schema must be up to date.
func (c Configured) Open(ctx context.Context) (*config.File, *db.DB, error) {
	f, err := c.Load()
	if err != nil {
		return nil, nil, err
	}
	if _, err := ChooseRoles(f, []string{"gateway"}); err != nil {
		return nil, nil, err
	}
	d, err := db.Open(ctx, f.Gateway.Database.Reveal())
	if err != nil {
		return nil, nil, err
	}
	if err := d.SchemaReady(ctx, shareddb.Module(), gatewaydb.Module()); err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return f, d, nil
}
