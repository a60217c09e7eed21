package app

import (
	"cmp"
	"context"
	"fmt"

	"atrio/app/config"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
)

// crowdedCodes warns when too many Codici Persona of the length in use are given
// away; "" means there is room. It is no mistake: people enter as before, but a
// longer code takes its time to reach everybody. // G3.5
func crowdedCodes(ctx context.Context, g *config.Gateway) (string, error) {
	d, err := db.Open(ctx, g.Database.Reveal())
	if err != nil {
		return "", fmt.Errorf("gateway: database: %w", err)
	}
	defer d.Close()
	digits := cmp.Or(g.PersonCodeDigits, account.DefaultDigits)
	share, err := gatewaydb.NewStore(d, nil).Occupancy(ctx, digits)
	if err != nil || share < account.Crowded {
		return "", err
	}
	return fmt.Sprintf("%.0f %% of all Codici Persona of %d digits are given away: a wrong one that passes its check digit soon names somebody else; set gateway.person_code_digits to %d",
		100*share, digits, min(digits+1, account.MaxDigits)), nil
}
