package oidcop_test

import (
	"testing"

	"atrio/people/person"
)

// RFC 8417 2.2, G6.7
func TestTheTransactionIsToldInEveryTokenAndNotInvented(t *testing.T) {
	for _, login := range []string{"0123456789abcdef0123456789abcdef", ""} {
		h := newHouse(t)
		next := atLevel(person.Level2)
		next.Login = login
		h.desk.next = &next
		q := answer(t, (&browser{h: h}).open(authorizeURL(ask("portale"))))
		got := h.redeem("portale", exchangeForm("portale", q.Get("code")))
		id, _ := read(t, h, got.IDToken)
		access, _ := read(t, h, got.AccessToken)
		_, info := h.userinfo(got.AccessToken)
		for name, claims := range map[string]map[string]any{"ID token": id, "access token": access, "userinfo": info} {
			if told, ok := claims["txn"]; ok != (login != "") || ok && told != login {
				t.Errorf("login %q: the %s says %v", login, name, told)
			}
		}
	}
}
