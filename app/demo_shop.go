package app

import (
	"context"

	"atrio/app/demo/shop"
	"atrio/authn/password"
	"atrio/base/setting"
	idpshop "atrio/idp/enrolment/shop"
	"atrio/web"
)

// cheap are parameters for passwords that are printed on a page: every start hashes them.
var cheap = password.Params{Memory: 1 << 10, Passes: 1, Threads: 1}

// openShop makes the issuer's shop that stands on the desk. It shares nothing with the
// provider but the secret.
func (d *demonstration) openShop(ctx context.Context, site *web.Site) error {
	secret, err := d.secret("shop-secret")
	if err != nil {
		return err
	}
	d.shop = &shop.Shop{
		Site: site, Hasher: password.New(password.Settings{Params: cheap}), Secret: setting.Secret(secret), Provider: d.addresses.IdP() + idpshop.ChangedPath, Now: d.clock.Now,
	}
	return d.shop.Plant(ctx, shop.Seeds()...)
}
