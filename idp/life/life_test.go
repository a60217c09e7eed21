package life

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/idp/identity"
)

// rows are identities that the job looks at, by the time when they are due.
type rows struct {
	Store
	due    map[string]time.Time
	broken func(id string) bool
}

var errBroken = errors.New("a row that cannot be read")

func (s rows) DueToWatch(_ context.Context, now time.Time, limit int) (list []string, err error) {
	for id, at := range s.due {
		if !now.Before(at) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list[:min(limit, len(list))], nil
}

func (s rows) Identity(_ context.Context, id string) (*identity.Identity, error) {
	if s.broken(id) {
		return nil, errBroken
	}
	who := person()
	who.ID = id
	return who, nil
}

func (rows) LastUse(context.Context, string) (time.Time, error) { return start, nil }
func (rows) Warned(context.Context, string) ([]Warning, error)  { return nil, nil }

func (s rows) SaveWatch(_ context.Context, id string, next time.Time, _ *Warning, _ []notify.Message, _ audit.Event) error {
	s.due[id] = next
	return nil
}

// More rows than one read has do not go through: the others are looked at all the same.
func TestRowsThatFailDoNotHoldUpTheOthers(t *testing.T) {
	s := rows{due: map[string]time.Time{}, broken: func(id string) bool { return id < "150" }}
	for i := range 200 {
		s.due[fmt.Sprintf("%03d", i)] = time.Time{}
	}
	k := Registrar{Store: s}
	if err := k.Watch(t.Context(), start); !errors.Is(err, errBroken) {
		t.Errorf("the job says %v", err)
	}
	for id, at := range s.due {
		switch broken := s.broken(id); {
		case broken && !at.Equal(start.Add(time.Hour)):
			t.Fatalf("%s is tried again at %s", id, at)
		case !broken && !at.After(start.AddDate(0, 1, 0)):
			t.Fatalf("%s was not looked at", id)
		}
	}
}

func TestWhoMayBringANewDocument(t *testing.T) {
	who := person()
	before, after := start, who.Holder.Document.ExpiresOn.AddDate(0, 0, 1)
	for _, c := range []struct {
		state identity.State
		cause identity.Cause
		at    time.Time
		want  bool
	}{
		{identity.Active, "", before, true},
		{identity.Suspended, identity.DocumentExpired, after, true},
		{identity.Suspended, identity.ByHolder, after, true}, // whoever suspended it meanwhile
		{identity.Suspended, identity.ByHolder, before, false},
		{identity.Suspended, identity.Abuse, after, false},
		{identity.Suspended, identity.Security, after, false},
		{identity.Revoked, identity.ByHolder, after, false},
	} {
		who.State, who.Cause = c.state, c.cause
		if got := MayDocument(who, c.at); got != c.want {
			t.Errorf("%s for %q at %s: %t", c.state, c.cause, c.at, got)
		}
	}
}
