package gatewaydb_test

import (
	"errors"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/oidcop"
)

var oidcNow = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func eachGrantStore(t *testing.T, fn func(t *testing.T, s *gatewaydb.Store)) {
	t.Helper()
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) { fn(t, gatewaydb.NewStore(d, ring)) })
}

func grant(id string) oidcop.Grant {
	return oidcop.Grant{
		ID: id, Client: "portale", Account: "a1", Session: "s1", Scopes: "openid email", Level: 2,
		RedeemedAt: oidcNow, ExpiresAt: oidcNow.Add(5 * time.Minute),
	}
}

var redeemed = audit.Event{At: oidcNow, Role: "gateway", Action: audit.CodeRedeemed, Outcome: audit.OK}

func TestACodeIsRedeemedOnce(t *testing.T) {
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		if err := s.Redeem(ctx, grant("g1"), nil, redeemed); err != nil {
			t.Fatal(err)
		}
		if err := s.Redeem(ctx, grant("g1"), nil, redeemed); !errors.Is(err, oidcop.ErrRedeemed) {
			t.Errorf("second redemption: %v", err)
		}
		got, err := s.Grant(ctx, "g1", oidcNow)
		if err != nil || got != grant("g1") {
			t.Errorf("%+v, %v", got, err)
		}
		for _, at := range []time.Time{oidcNow.Add(5 * time.Minute), oidcNow.Add(time.Hour)} {
			if _, err := s.Grant(ctx, "g1", at); !fault.Is(err, fault.NotFound) {
				t.Errorf("after its end: %v", err)
			}
		}
		if _, err := s.Grant(ctx, "g2", oidcNow); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}

func TestAnAssertionIsUsedOnceAndItsFailureLeavesTheCode(t *testing.T) {
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		proof := &oidcop.Assertion{Issuer: "portale", ID: "j1", Expires: oidcNow.Add(time.Minute)}
		if err := s.Redeem(ctx, grant("g1"), proof, redeemed); err != nil {
			t.Fatal(err)
		}
		if err := s.Redeem(ctx, grant("g2"), proof, redeemed); !errors.Is(err, oidcop.ErrReplayed) {
			t.Errorf("the assertion again: %v", err)
		}
		if _, err := s.Grant(ctx, "g2", oidcNow); !fault.Is(err, fault.NotFound) {
			t.Errorf("nothing of the refused redemption stays: %v", err)
		}
		other := &oidcop.Assertion{Issuer: "vecchio", ID: "j1", Expires: oidcNow.Add(time.Minute)}
		if err := s.Redeem(ctx, grant("g2"), other, redeemed); err != nil {
			t.Errorf("the same jti of another client: %v", err)
		}
	})
}

func TestABurntCodeIsUselessAndARedeemedOneIsRevokedOnlyWhenOld(t *testing.T) {
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		if err := s.Burn(ctx, grant("g1"), oidcNow.Add(-10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := s.Redeem(ctx, grant("g1"), nil, redeemed); !errors.Is(err, oidcop.ErrRedeemed) {
			t.Errorf("a burnt code: %v", err)
		}
		if err := s.Redeem(ctx, grant("g2"), nil, redeemed); err != nil {
			t.Fatal(err)
		}
		if err := s.Burn(ctx, grant("g2"), oidcNow.Add(-10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Grant(ctx, "g2", oidcNow); err != nil {
			t.Errorf("a race must not revoke the winner's grant: %v", err)
		}
		late := grant("g2")
		late.RedeemedAt = oidcNow.Add(time.Minute)
		if err := s.Burn(ctx, late, oidcNow.Add(50*time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Grant(ctx, "g2", oidcNow); !fault.Is(err, fault.NotFound) {
			t.Errorf("a late second use revokes: %v", err)
		}
	})
}

func TestGrantsEndWithTheirSessionAndArePurged(t *testing.T) {
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		for _, id := range []string{"g1", "g2", "g3"} {
			g := grant(id)
			if id == "g3" {
				g.Session, g.ExpiresAt = "s2", oidcNow.Add(time.Hour)
			}
			if err := s.Redeem(ctx, g, nil, redeemed); err != nil {
				t.Fatal(err)
			}
		}
		for _, session := range []string{"", "s1"} {
			if err := s.DB.One(ctx, func(q db.Queryer) error { return gatewaydb.EndGrantsOf(ctx, q, session, oidcNow) }); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Grant(ctx, "g2", oidcNow); !fault.Is(err, fault.NotFound) {
			t.Errorf("a grant of the ended session: %v", err)
		}
		if _, err := s.Grant(ctx, "g3", oidcNow); err != nil {
			t.Errorf("a grant of another session: %v", err)
		}
		if n, err := s.PurgeGrants(ctx, oidcNow.Add(5*time.Minute)); n != 2 || err != nil {
			t.Errorf("%d purged, %v", n, err)
		}
		if n, err := s.PurgeGrants(ctx, oidcNow.Add(5*time.Minute)); n != 0 || err != nil {
			t.Errorf("%d purged again, %v", n, err)
		}
	})
}

func TestACodeRedeemedAfterTheLogoutOpensNothing(t *testing.T) { // ASVS 7.4.1
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		for range 2 { // ending a session twice is no fault
			if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return gatewaydb.EndGrantsOf(ctx, tx, "s1", oidcNow) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Redeem(ctx, grant("g1"), nil, redeemed); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Grant(ctx, "g1", oidcNow); !fault.Is(err, fault.NotFound) {
			t.Errorf("a token made after the logout: %v", err)
		}
	})
}
