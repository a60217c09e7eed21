package oidcop_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/gateway/oidcop"
	"atrio/people/person"
)

const (
	mfa = "https://refeds.org/profile/mfa"
	sfa = "https://refeds.org/profile/sfa"
	l2  = "https://www.spid.gov.it/SpidL2"
	l3  = "https://www.spid.gov.it/SpidL3"
)

func typedPassword() oidcop.Subject {
	return oidcop.Subject{Account: "a1", Level: person.Level1, Strength: person.Level1, ACR: sfa, AMR: []string{"pwd"}}
}

// essential is the claims parameter that cannot do without one of the contexts.
func essential(acr ...string) string {
	return `{"userinfo":{"given_name":null},"id_token":{"auth_time":{"essential":true},"acr":{"essential":true,"values":["` + strings.Join(acr, `","`) + `"]}}}`
}

// The two factors of this house are proved in the session that is open, and the answer
// names what was used.
func TestTwoFactorsAreAskedForInTheOpenSession(t *testing.T) {
	for _, c := range []struct {
		name   string
		factor bool
		pairs  []string
		// begun is how many logins were begun, want the error or "", acr and amr the answer.
		begun     int
		want, acr string
		amr       []string
	}{
		{"nothing is asked", true, nil, 0, "", sfa, []string{"pwd"}},
		{"a wish that can be met", true, []string{"acr_values", mfa}, 0, "", mfa, []string{"pwd", "otp", "mfa"}},
		{"a wish, or else one factor", true, []string{"acr_values", "urn:x " + mfa + " " + sfa}, 0, "", mfa, []string{"pwd", "otp", "mfa"}},
		{"one factor is enough", true, []string{"acr_values", sfa + " " + mfa}, 0, "", sfa, []string{"pwd"}},
		{"a wish that cannot be met is tried once", false, []string{"acr_values", mfa}, 1, "", sfa, []string{"pwd"}},
		{"it is needed", true, []string{"claims", essential(mfa)}, 0, "", mfa, []string{"pwd", "otp", "mfa"}},
		{"it is needed, and one value is enough", true, []string{"claims", `{"id_token":{"acr":{"essential":true,"value":"` + mfa + `"}}}`}, 0, "", mfa, []string{"pwd", "otp", "mfa"}},
		{"it is needed and cannot be had", false, []string{"claims", essential(mfa)}, 1, "unmet_authentication_requirements", "", nil},
		{"it is needed, or one factor", false, []string{"claims", essential(sfa)}, 0, "", sfa, []string{"pwd"}},
		{"it would be nice", false, []string{"claims", `{"id_token":{"acr":{"values":["` + mfa + `"]}}}`}, 1, "", sfa, []string{"pwd"}},
		{"no two factors of ours make a level of SPID", true, []string{"claims", essential(l2)}, 1, "unmet_authentication_requirements", "", nil},
		{"nobody here knows what is needed", true, []string{"claims", essential("urn:x")}, 0, "unmet_authentication_requirements", "", nil},
		{"nobody here knows what would be nice", true, []string{"claims", `{"id_token":{"acr":{"value":"urn:x"}}}`}, 0, "", sfa, []string{"pwd"}},
		{"no value is wanted", true, []string{"claims", `{"id_token":{"acr":null,"email":null}}`}, 0, "", sfa, []string{"pwd"}},
		{"in silence", true, []string{"claims", essential(mfa), "prompt", "none"}, 0, "login_required", "", nil},
		{"no JSON", true, []string{"claims", "{"}, 0, "invalid_request", "", nil},
		{"not of this form", true, []string{"claims", `{"id_token":{"acr":"` + mfa + `"}}`}, 0, "invalid_request", "", nil},
		{"too long", true, []string{"claims", `{"x":"` + strings.Repeat("x", 2<<10) + `"}`}, 0, "invalid_request", "", nil},
		{"it is somebody else who is wanted", true, []string{"claims", `{"id_token":{"sub":{"value":"x"}}}`, "prompt", "none"}, 0, "login_required", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.desk.factor, h.desk.lazy = c.factor, true
			b := &browser{h: h, cookie: h.desk.signIn(typedPassword())}
			h.calendar.forward(time.Minute)
			q := answer(t, b.open(authorizeURL(ask("portale", c.pairs...))))
			if q.Get("error") != c.want || len(h.desk.begun) != c.begun {
				t.Fatalf("%d logins, answer %v", len(h.desk.begun), q)
			}
			if c.want != "" {
				return
			}
			form := exchangeForm("portale", q.Get("code"))
			claims := first(read(t, h, h.redeem("portale", form).IDToken))
			if claims["acr"] != c.acr || !slices.Equal(words(claims["amr"]), c.amr) {
				t.Errorf("acr %v, amr %v", claims["acr"], claims["amr"])
			}
		})
	}
}

// From level 2 on SPID, CIE and eIDAS use two factors: the answer speaks the words of who
// asked, and of the door when nobody asked.
func TestALevelOfAStateIsTwoFactorsForWhoAsks(t *testing.T) {
	for _, c := range []struct {
		level person.Level
		acr   string
		want  string // the acr of the answer, "" for a login
	}{
		{2, mfa, mfa}, {3, mfa + " " + sfa, mfa}, {2, l2, l2}, {3, l2, l3}, {2, "urn:x", l2}, {1, sfa, sfa}, {1, mfa, ""}, {2, l3, ""},
	} {
		h := newHouse(t)
		s := atLevel(c.level)
		if c.level == person.Level1 {
			s.AMR = []string{"pwd"}
		}
		b := &browser{h: h, cookie: h.desk.signIn(s)}
		res := b.open(authorizeURL(ask("portale", "acr_values", c.acr)))
		if c.want == "" {
			if len(h.desk.begun) != 1 || h.desk.begun[0].Level <= c.level {
				t.Errorf("%s at level %d: %+v", c.acr, c.level, h.desk.begun)
			}
			continue
		}
		claims := first(read(t, h, h.redeem("portale", exchangeForm("portale", answer(t, res).Get("code"))).IDToken))
		if claims["acr"] != c.want {
			t.Errorf("%s at level %d: %v", c.acr, c.level, claims["acr"])
		}
	}
}

// max_age is about the login, not about the second factor: an old one is done anew, and
// then two factors are asked for in the new one.
func TestAnOldLoginIsDoneAnewBeforeTheSecondFactor(t *testing.T) {
	h := newHouse(t)
	next := typedPassword()
	h.desk.factor, h.desk.next = true, &next
	b := &browser{h: h, cookie: h.desk.signIn(typedPassword())}
	h.calendar.forward(time.Hour)
	q := answer(t, b.open(authorizeURL(ask("portale", "acr_values", mfa, "max_age", "60"))))
	claims := first(read(t, h, h.redeem("portale", exchangeForm("portale", q.Get("code"))).IDToken))
	if claims["acr"] != mfa || len(h.desk.begun) != 1 || h.desk.wishes[0].TwoFactors != oidcop.Wished || !h.desk.wishes[0].Resumed {
		t.Errorf("acr %v, %d logins, wishes %+v", claims["acr"], len(h.desk.begun), h.desk.wishes)
	}
}

func TestWhatTheLoginCarriesOfClaimsIsWhatWasRead(t *testing.T) {
	h := newHouse(t)
	long := `{"userinfo":{"` + strings.Repeat("x", 1500) + `":null},"id_token":{"acr":{"essential":true,"values":["` + mfa + `","urn:x"]}}}`
	(&browser{h: h}).open(authorizeURL(ask("portale", "claims", long)))
	if resume := h.desk.begun[0].Resume; len(resume) > 1024 || strings.Contains(resume, "xxx") || h.desk.begun[0].Level != person.Level2 {
		t.Errorf("%+v", h.desk.begun[0])
	}
}

func first[A, B any](a A, _ B) A { return a }

// words are the texts of a list in a token.
func words(v any) (list []string) {
	all, _ := v.([]any)
	for _, one := range all {
		list = append(list, one.(string))
	}
	return list
}
