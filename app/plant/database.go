package plant

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"atrio/app/config"
	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/idp"
	"atrio/idp/idpdb"
	"atrio/portal"
	"atrio/portal/portaldb"
	"atrio/web/ui"
)

// Product is what the commands need to know of each role without serving it.
var Product = map[string]struct {
	Module func() db.Module
	Pages  func() []ui.Pages
}{
	"gateway": {gatewaydb.Module, gateway.Pages},
	"idp":     {idpdb.Module, idp.Pages},
	"portal":  {portaldb.Module, portal.Pages},
}

// CheckClock compares the clock of this machine with that of a role's database. // A37
func CheckClock(ctx context.Context, r config.Role, now time.Time) error {
	d, err := db.Open(ctx, r.Database.Reveal())
	if err != nil {
		return err
	}
	defer d.Close()
	return audit.CheckLead(ctx, now, d.Clock)
}

// CheckDatabase tells what keeps the database of a role from being used, and changes nothing.
func CheckDatabase(ctx context.Context, name string, r config.Role) []error {
	// Opening SQLite makes the file: a check changes nothing.
	if path, ok := strings.CutPrefix(r.Database.Reveal(), "sqlite://"); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return []error{fmt.Errorf("database: %s is not there yet; run atrio migrate", path)}
		}
	}
	d, err := db.Open(ctx, r.Database.Reveal())
	if err != nil {
		return []error{fmt.Errorf("database: %w", err)}
	}
	defer d.Close()
	if err := d.Ping(ctx); err != nil {
		return []error{fmt.Errorf("database: %w", err)}
	}
	if err := d.SchemaReady(ctx, shareddb.Module(), Product[name].Module()); err != nil {
		return []error{fmt.Errorf("database: %w", err)}
	}
	return nil
}
