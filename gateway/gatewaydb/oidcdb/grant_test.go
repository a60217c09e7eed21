package oidcdb_test

import (
	"errors"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/gatewaydb/oidcdb"
	"atrio/gateway/oidcop"
)

func eachGrantStore(t *testing.T, fn func(t *testing.T, s *gatewaydb.Store)) {
	t.Helper()
	dbtest.Each(t, []db.Module{shareddb.Module(), gatewaydb.Module()}, func(t *testing.T, d *db.DB) { fn(t, gatewaydb.NewStore(d, gatewaydbtest.Ring)) })
}

func TestACodeIsRedeemedOnce(t *testing.T) {
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		if err := s.Redeem(ctx, gatewaydbtest.Grant("g1"), nil, gatewaydbtest.Redeemed); err != nil {
			t.Fatal(err)
		}
		if err := s.Redeem(ctx, gatewaydbtest.Grant("g1"), nil, gatewaydbtest.Redeemed); !errors.Is(err, oidcop.ErrRedeemed) {
			t.Errorf("second redemption: %v", err)
		}
		got, err := s.Grant(ctx, "g1", gatewaydbtest.Start)
		if err != nil || got != gatewaydbtest.Grant("g1") {
			t.Errorf("%+v, %v", got, err)
		}
		for _, at := range []time.Time{gatewaydbtest.Start.Add(5 * time.Minute), gatewaydbtest.Start.Add(time.Hour)} {
			if _, err := s.Grant(ctx, "g1", at); !fault.Is(err, fault.NotFound) {
				t.Errorf("after its end: %v", err)
			}
		}
		if _, err := s.Grant(ctx, "g2", gatewaydbtest.Start); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}

func TestAnAssertionIsUsedOnceAndItsFailureLeavesTheCode(t *testing.T) {
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		proof := &oidcop.Assertion{Issuer: "portale", ID: "j1", Expires: gatewaydbtest.Start.Add(time.Minute)}
		if err := s.Redeem(ctx, gatewaydbtest.Grant("g1"), proof, gatewaydbtest.Redeemed); err != nil {
			t.Fatal(err)
		}
		if err := s.Redeem(ctx, gatewaydbtest.Grant("g2"), proof, gatewaydbtest.Redeemed); !errors.Is(err, oidcop.ErrReplayed) {
			t.Errorf("the assertion again: %v", err)
		}
		if _, err := s.Grant(ctx, "g2", gatewaydbtest.Start); !fault.Is(err, fault.NotFound) {
			t.Errorf("nothing of the refused redemption stays: %v", err)
		}
		other := &oidcop.Assertion{Issuer: "vecchio", ID: "j1", Expires: gatewaydbtest.Start.Add(time.Minute)}
		if err := s.Redeem(ctx, gatewaydbtest.Grant("g2"), other, gatewaydbtest.Redeemed); err != nil {
			t.Errorf("the same jti of another client: %v", err)
		}
	})
}

func TestABurntCodeIsUselessAndARedeemedOneIsRevokedOnlyWhenOld(t *testing.T) {
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		if err := s.Burn(ctx, gatewaydbtest.Grant("g1"), gatewaydbtest.Start.Add(-10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := s.Redeem(ctx, gatewaydbtest.Grant("g1"), nil, gatewaydbtest.Redeemed); !errors.Is(err, oidcop.ErrRedeemed) {
			t.Errorf("a burnt code: %v", err)
		}
		if err := s.Redeem(ctx, gatewaydbtest.Grant("g2"), nil, gatewaydbtest.Redeemed); err != nil {
			t.Fatal(err)
		}
		if err := s.Burn(ctx, gatewaydbtest.Grant("g2"), gatewaydbtest.Start.Add(-10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Grant(ctx, "g2", gatewaydbtest.Start); err != nil {
			t.Errorf("a race must not revoke the winner's grant: %v", err)
		}
		late := gatewaydbtest.Grant("g2")
		late.RedeemedAt = gatewaydbtest.Start.Add(time.Minute)
		if err := s.Burn(ctx, late, gatewaydbtest.Start.Add(50*time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Grant(ctx, "g2", gatewaydbtest.Start); !fault.Is(err, fault.NotFound) {
			t.Errorf("a late second use revokes: %v", err)
		}
	})
}

func TestGrantsEndWithTheirSessionAndArePurged(t *testing.T) {
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		for _, id := range []string{"g1", "g2", "g3"} {
			g := gatewaydbtest.Grant(id)
			if id == "g3" {
				g.Session, g.ExpiresAt = "s2", gatewaydbtest.Start.Add(time.Hour)
			}
			if err := s.Redeem(ctx, g, nil, gatewaydbtest.Redeemed); err != nil {
				t.Fatal(err)
			}
		}
		for _, session := range []string{"", "s1"} {
			if err := s.DB.One(ctx, func(q db.Queryer) error { return oidcdb.EndGrantsOf(ctx, q, session, gatewaydbtest.Start) }); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Grant(ctx, "g2", gatewaydbtest.Start); !fault.Is(err, fault.NotFound) {
			t.Errorf("a grant of the ended session: %v", err)
		}
		if _, err := s.Grant(ctx, "g3", gatewaydbtest.Start); err != nil {
			t.Errorf("a grant of another session: %v", err)
		}
		if n, err := s.PurgeGrants(ctx, gatewaydbtest.Start.Add(5*time.Minute), gatewaydbtest.Start.Add(5*time.Minute)); n != 2 || err != nil {
			t.Errorf("%d purged, %v", n, err)
		}
		if n, err := s.PurgeGrants(ctx, gatewaydbtest.Start.Add(5*time.Minute), gatewaydbtest.Start.Add(5*time.Minute)); n != 0 || err != nil {
			t.Errorf("%d purged again, %v", n, err)
		}
	})
}

func TestACodeRedeemedAfterTheLogoutOpensNothing(t *testing.T) { // ASVS 7.4.1
	eachGrantStore(t, func(t *testing.T, s *gatewaydb.Store) {
		ctx := t.Context()
		for range 2 { // ending a session twice is no fault
			if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return oidcdb.EndGrantsOf(ctx, tx, "s1", gatewaydbtest.Start) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Redeem(ctx, gatewaydbtest.Grant("g1"), nil, gatewaydbtest.Redeemed); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Grant(ctx, "g1", gatewaydbtest.Start); !fault.Is(err, fault.NotFound) {
			t.Errorf("a token made after the logout: %v", err)
		}
	})
}
