package identitydb_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/life"
)

// crowd is a provider with n identities, each of which the desk suspended once.
func crowd(b *testing.B, n int) *idpdb.Store {
	b.Helper()
	s := idpdb.NewStore(dbtest.SQLite(b, shareddb.Module(), idpdb.Module()), idpdbtest.Ring(), nil)
	for k := range n {
		i := idpdbtest.Ada()
		i.ID, i.SPIDCode, i.UserID = fmt.Sprint("id", k), identity.SPIDCode(fmt.Sprintf("TEST%010d", k)), fmt.Sprintf("p%d@example.org", k)
		if err := s.Create(b.Context(), i, identity.Secrets{PasswordHash: "$hash"}); err != nil {
			b.Fatal(err)
		}
		after, e, err := i.Do(identity.Change{Act: identity.Suspend, Cause: identity.ByHolder, By: identity.By{Role: identity.AsDesk, ID: "operator:a"}, At: idpdbtest.Present, Reason: "chiama"})
		if err == nil {
			err = s.SaveLife(b.Context(), life.Step{After: after, Event: e, Audit: audit.Event{At: idpdbtest.Present, Role: "idp"}})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkIdentity is the one read of an identity that a login does, and the search of the
// desk, among a thousand.
func BenchmarkIdentity(b *testing.B) {
	s := crowd(b, 1000)
	for name, read := range map[string]func(context.Context) (*identity.Identity, error){
		"by reference": func(ctx context.Context) (*identity.Identity, error) { return s.Identity(ctx, "id500") },
		"by User ID": func(ctx context.Context) (*identity.Identity, error) {
			return s.HolderByUserID(ctx, "p500@example.org")
		},
		"by spidCode": func(ctx context.Context) (*identity.Identity, error) {
			return s.FindIdentity(ctx, "spid_code", "TEST0000000500")
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if i, err := read(b.Context()); err != nil || i.UserID != "p500@example.org" {
					b.Fatal(i, err)
				}
			}
		})
	}
}

// BenchmarkDeskActs is the list of what operators did, as long as a page shows it.
func BenchmarkDeskActs(b *testing.B) {
	s := crowd(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if list, err := s.DeskActs(b.Context(), idpdbtest.Present.Add(-time.Hour), 100); err != nil || len(list) != 100 {
			b.Fatal(len(list), err)
		}
	}
}
