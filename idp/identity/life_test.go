package identity_test

import (
	"errors"
	"testing"
	"time"

	"atrio/idp/identity"
)

var lifeNow = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

var (
	holder   = identity.By{Role: identity.AsHolder, ID: "h"}
	proved   = identity.By{Role: identity.AsHolder, ID: "h", Proved: true}
	caller   = identity.By{Role: identity.AsCaller}
	desk     = identity.By{Role: identity.AsDesk, ID: "operator:a"}
	twoDesks = identity.By{Role: identity.AsDesk, ID: "operator:a", Second: "operator:b"}
	job      = identity.By{Role: identity.AsJob}
)

// One row per question about the table; from "" is active.
func TestWhatMayHappenToAnIdentity(t *testing.T) {
	with := []string{"evidence"}
	for _, c := range []struct {
		name   string
		from   identity.Cause
		change identity.Change
		want   error
		to     identity.State
	}{
		{"the holder suspends without a proof", "", identity.Change{Act: identity.Suspend, Cause: identity.ByHolder, By: holder}, nil, identity.Suspended},
		{"it was not me", "", identity.Change{Act: identity.Suspend, Cause: identity.Abuse, By: holder}, nil, identity.Suspended},
		{"a caller suspends", "", identity.Change{Act: identity.Suspend, Cause: identity.ByHolder, By: caller}, nil, identity.Suspended},
		{"a caller does nothing else", "", identity.Change{Act: identity.Revoke, Cause: identity.ByHolder, By: caller}, identity.ErrMay, ""},
		{"a caller lifts nothing", identity.ByHolder, identity.Change{Act: identity.Lift, By: caller}, identity.ErrMay, ""},
		{"a weaker cause replaces no stronger one", identity.Abuse, identity.Change{Act: identity.Suspend, Cause: identity.ByHolder, By: holder}, identity.ErrMay, ""},
		{"a stronger one does", identity.ByHolder, identity.Change{Act: identity.Suspend, Cause: identity.Abuse, By: holder}, nil, identity.Suspended},
		{"A30 the desk suspends alone", "", identity.Change{Act: identity.Suspend, Cause: identity.Security, By: desk, Reason: "telefonata"}, nil, identity.Suspended},
		{"with a reason", "", identity.Change{Act: identity.Suspend, Cause: identity.Security, By: desk, Reason: " "}, identity.ErrWhy, ""},
		{"A30 and lifts with two", identity.Security, identity.Change{Act: identity.Lift, By: desk, Reason: "x"}, identity.ErrTwo, ""},
		{"who are two people", identity.Security, identity.Change{Act: identity.Lift, By: identity.By{Role: identity.AsDesk, ID: "a", Second: "a"}, Reason: "x"}, identity.ErrTwo, ""},
		{"and then it is active", identity.Security, identity.Change{Act: identity.Lift, By: twoDesks, Reason: "x"}, nil, identity.Active},
		{"A30 nobody of the desk amends without evidence", "", identity.Change{Act: identity.Amend, By: desk, Reason: "x"}, identity.ErrWhy, ""},
		{"A31 the holder lifts with a proof", identity.ByHolder, identity.Change{Act: identity.Lift, By: proved}, nil, identity.Active},
		{"and not without", identity.ByHolder, identity.Change{Act: identity.Lift, By: holder}, identity.ErrProof, ""},
		{"what was reported as abuse the holder does not lift", identity.Abuse, identity.Change{Act: identity.Lift, By: proved}, identity.ErrMay, ""},
		{"nor what the provider doubts", identity.Security, identity.Change{Act: identity.Lift, By: proved}, identity.ErrMay, ""},
		{"L04 the denuncia revokes", identity.Abuse, identity.Change{Act: identity.Revoke, Cause: identity.Fraud, By: proved, Evidence: with}, nil, identity.Revoked},
		{"L04 not without it", identity.Abuse, identity.Change{Act: identity.Revoke, Cause: identity.Fraud, By: proved}, identity.ErrWhy, ""},
		{"L04 nor by who has the password alone", identity.Abuse, identity.Change{Act: identity.Revoke, Cause: identity.Fraud, By: holder, Evidence: with}, identity.ErrProof, ""},
		{"the holder revokes with a proof", "", identity.Change{Act: identity.Revoke, Cause: identity.ByHolder, By: proved}, nil, identity.Revoked},
		{"a thief of the password does not", "", identity.Change{Act: identity.Revoke, Cause: identity.ByHolder, By: holder}, identity.ErrProof, ""},
		{"somebody else's holder does nothing", "", identity.Change{Act: identity.Suspend, Cause: identity.ByHolder, By: identity.By{Role: identity.AsHolder, ID: "x"}}, identity.ErrMay, ""},
		{"a death needs two", "", identity.Change{Act: identity.Revoke, Cause: identity.Death, By: desk, Reason: "x"}, identity.ErrTwo, ""},
		{"L01 the job suspends for a document", "", identity.Change{Act: identity.Suspend, Cause: identity.DocumentExpired, By: job}, nil, identity.Suspended},
		{"L01 a checked document lifts", identity.DocumentExpired, identity.Change{Act: identity.Lift, By: desk, Reason: "x", Evidence: with}, nil, identity.Active},
		{"L02 the job revokes what lies idle, suspended too", identity.Abuse, identity.Change{Act: identity.Revoke, Cause: identity.Inactivity, By: job}, nil, identity.Revoked},
		{"the job lifts nothing: Avviso 10", identity.ByHolder, identity.Change{Act: identity.Lift, By: job}, identity.ErrMay, ""},
		{"I17 the holder renews with a proof", "", identity.Change{Act: identity.Renew, By: holder}, identity.ErrProof, ""},
		{"no operator does", "", identity.Change{Act: identity.Renew, By: twoDesks, Reason: "x"}, identity.ErrMay, ""},
		{"a suspended identity is renewed too, and stays suspended", identity.ByHolder, identity.Change{Act: identity.Renew, By: proved}, nil, identity.Suspended},
	} {
		i := identity.Identity{ID: "h", State: identity.Active, Version: 3}
		if c.from != "" {
			i.State, i.Cause = identity.Suspended, c.from
		}
		before := i
		c.change.At = lifeNow
		after, event, err := i.Do(c.change)
		switch {
		case !errors.Is(err, c.want):
			t.Errorf("%s: %v", c.name, err)
		case i != before:
			t.Errorf("%s: the identity itself changed", c.name)
		case c.want == nil && (after.State != c.to || after.Version != 4 || event.N != 4 || event.From != i.State || event.To != c.to):
			t.Errorf("%s: %+v, %+v", c.name, after, event)
		}
	}
}

func TestARevocationIsTheEndAndTakesTheFactors(t *testing.T) {
	i := identity.Identity{ID: "h", State: identity.Active, Factors: identity.Factors{Password: true, TOTP: true}}
	gone, _, err := i.Do(identity.Change{Act: identity.Revoke, Cause: identity.ByHolder, By: proved, At: lifeNow})
	if err != nil || gone.Factors.Level() != 0 || gone.Cause != identity.ByHolder || !gone.StateAt.Equal(lifeNow) {
		t.Fatalf("%+v, %v", gone, err)
	}
	for _, by := range []identity.By{proved, caller, twoDesks, job} {
		for _, act := range []identity.Act{identity.Suspend, identity.Lift, identity.Revoke, identity.Renew, identity.Amend} {
			for _, cause := range append(identity.Causes(act), "") {
				c := identity.Change{Act: act, Cause: cause, By: by, At: lifeNow, Reason: "x", Evidence: []string{"e"}}
				if _, _, err := gone.Do(c); !errors.Is(err, identity.ErrMay) {
					t.Errorf("%s %s by %s leads out of a revocation: %v", act, cause, by.Role, err)
				}
			}
		}
	}
}

func TestAnEditChangesNobodyElse(t *testing.T) {
	i := identity.Identity{ID: "h", UserID: "u", SPIDCode: "TESTABCDEFGH01", State: identity.Active, Factors: identity.Factors{Password: true, SMS: true}}
	i.Holder.FiscalCode = "PRVDAA90E44F205X"
	after, event, err := i.Do(identity.Change{Act: identity.Amend, By: proved, At: lifeNow, Fields: []string{"email"}, Edit: func(i *identity.Identity) {
		i.ID, i.UserID, i.SPIDCode, i.State, i.Holder.FiscalCode, i.Holder.Email = "x", "x", "x", identity.Revoked, "x", "new@example.org"
	}})
	if err != nil || after.ID != "h" || after.UserID != "u" || after.SPIDCode != i.SPIDCode || after.State != identity.Active || after.Holder.FiscalCode != i.Holder.FiscalCode {
		t.Errorf("%+v, %v", after, err)
	}
	if after.Holder.Email != "new@example.org" || len(event.Fields) != 1 {
		t.Errorf("%+v, %+v", after, event)
	}
}

// L08: whoever knows the password of who has nothing else makes no telephone the second factor.
func TestWhoHasThePasswordAloneChangesNoContact(t *testing.T) {
	edits := map[string]func(*identity.Identity){
		"email": func(i *identity.Identity) { i.Holder.Email = "x@example.org" }, "phone": func(i *identity.Identity) { i.Holder.MobilePhone = "+393330000099" },
		"pec": func(i *identity.Identity) { i.Holder.DigitalAddress = "x@pec.example.org" }, "factor": func(i *identity.Identity) { i.Factors.SMS = true },
	}
	domicile := func(i *identity.Identity) { i.Holder.Domicile.Municipality = "Roma" }
	weak := identity.Identity{ID: "h", State: identity.Active, Factors: identity.Factors{Password: true}}
	strong := weak
	strong.Factors.TOTP = true
	for field, edit := range edits {
		c := identity.Change{Act: identity.Amend, By: proved, At: lifeNow, Fields: []string{field}, Edit: edit}
		if _, _, err := weak.Do(c); !errors.Is(err, identity.ErrLevel) {
			t.Errorf("%s by the password alone: %v", field, err)
		}
		if _, _, err := strong.Do(c); err != nil {
			t.Errorf("%s at level 2: %v", field, err)
		}
	}
	c := identity.Change{Act: identity.Amend, By: proved, At: lifeNow, Fields: []string{"domicile"}, Edit: domicile}
	if after, _, err := weak.Do(c); err != nil || after.Holder.Domicile.Municipality != "Roma" {
		t.Errorf("the domicile: %v", err)
	}
}

// L01: whatever else is lifted, who has no valid document stays suspended for it.
func TestALiftingDoesNotBringBackAnExpiredDocument(t *testing.T) {
	lapsed, fresh := lifeNow.AddDate(0, 0, -1).Truncate(24*time.Hour), lifeNow.AddDate(5, 0, 0)
	for cause, by := range map[identity.Cause]identity.By{identity.ByHolder: proved, identity.Abuse: twoDesks, identity.Security: twoDesks} {
		i := identity.Identity{ID: "h", State: identity.Suspended, Cause: cause, Holder: identity.Holder{Document: identity.Document{ExpiresOn: lapsed}}}
		after, event, err := i.Do(identity.Change{Act: identity.Lift, By: by, At: lifeNow, Reason: "x"})
		if err != nil || after.State != identity.Suspended || after.Cause != identity.DocumentExpired || event.To != identity.Suspended || event.Word() != "lift_document" {
			t.Errorf("%s: %+v, %+v, %v", cause, after, event, err)
		}
		i.Holder.Document.ExpiresOn = lifeNow.Truncate(24 * time.Hour) // its last day
		if after, _, err = i.Do(identity.Change{Act: identity.Lift, By: by, At: lifeNow, Reason: "x"}); err != nil || after.State != identity.Active {
			t.Errorf("%s, on the last day: %+v, %v", cause, after, err)
		}
	}
	i := identity.Identity{ID: "h", State: identity.Suspended, Cause: identity.DocumentExpired, Holder: identity.Holder{Document: identity.Document{ExpiresOn: lapsed}}}
	after, _, err := i.Do(identity.Change{Act: identity.Lift, By: desk, At: lifeNow, Reason: "x", Evidence: []string{"e"}, Edit: func(i *identity.Identity) { i.Holder.Document.ExpiresOn = fresh }})
	if err != nil || after.State != identity.Active || after.Cause != "" {
		t.Errorf("the new document: %+v, %v", after, err)
	}
}
