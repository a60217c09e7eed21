package acr

import (
	"reflect"
	"testing"

	"atrio/people/person"
)

const l1, l2, l3 = "https://www.spid.gov.it/SpidL1", "https://www.spid.gov.it/SpidL2", "https://www.spid.gov.it/SpidL3"

func TestALoginIsHeldToWhatWasAsked(t *testing.T) { // G4.8
	password, app := Login{ACR: OneFactor, AMR: []string{"pwd"}}, Login{ACR: TwoFactors, AMR: []string{"pwd", "otp", "mfa"}}
	spid := Login{Level: person.Level2, ACR: l2}
	for _, c := range []struct {
		name               string
		asked              Contexts
		l                  Login
		met, require, wish bool
		answer             string
	}{
		{"nothing, of a password", Contexts{}, password, true, false, false, OneFactor},
		{"two factors as a wish, of a password", Contexts{Values: []string{TwoFactors}}, password, false, false, true, OneFactor},
		{"two factors and no less, of a password", Contexts{Values: []string{TwoFactors}, Essential: true}, password, false, true, true, OneFactor},
		{"two factors and no less, of an app", Contexts{Values: []string{TwoFactors}, Essential: true}, app, true, false, false, TwoFactors},
		{"two factors or one, of a password", Contexts{Values: []string{TwoFactors, OneFactor}, Essential: true}, password, true, false, true, OneFactor},
		{"two factors, of SPID, which does not say how", Contexts{Values: []string{TwoFactors}}, spid, false, false, true, l2},
		{"level 3 or two factors and no less, of SPID at level 2", Contexts{Values: []string{l3, TwoFactors}, Essential: true}, spid, false, true, false, l2},
		{"level 2, of two factors that no door vouched for", Contexts{Values: []string{l2}, Essential: true}, app, false, false, false, TwoFactors},
		{"level 1, of SPID at level 2", Contexts{Values: []string{l1}}, spid, true, false, false, l2},
	} {
		if met, require, wish := c.asked.Met(c.l), c.asked.RequireTwo(c.l), c.asked.WishTwo(c.l); met != c.met || require != c.require || wish != c.wish {
			t.Errorf("%s: met %t, require two %t, wish two %t", c.name, met, require, wish)
		}
		if got := c.asked.Answer(c.l); got != c.answer {
			t.Errorf("%s: answered %q", c.name, got)
		}
	}
	for _, acr := range Values() {
		if !known(acr) {
			t.Errorf("%s is offered and not known", acr)
		}
	}
}

func TestOfClaimsOnlyWhatMeansSomethingIsRead(t *testing.T) { // OIDC-core 5.5
	for raw, want := range map[string][]string{
		`{}`: nil,
		`{"id_token":{"acr":{"value":"` + l2 + `"},"email":{"essential":true}}}`: {l2},
		`{"id_token":{"acr":{"values":["x","` + TwoFactors + `"]}}}`:             {TwoFactors},
		`{"id_token":{"acr":{"values":["x"]}}}`:                                  nil,
		`{"id_token":{"acr":null},"userinfo":[1,2]}`:                             nil,
	} {
		c, err := ReadClaims(raw)
		var got []string
		if c.IDToken.ACR != nil {
			got = c.IDToken.ACR.Values
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", raw, got, err)
		}
	}
	// What cannot be heeded and must be is kept, so that it is refused.
	if c, err := ReadClaims(`{"id_token":{"acr":{"values":["x"],"essential":true}}}`); err != nil || c.IDToken.ACR == nil || len(c.IDToken.ACR.Values) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []string{"", "[]", `{"id_token":{"acr":{"values":"x"}}}`, `{"id_token":1}`} {
		if _, err := ReadClaims(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
