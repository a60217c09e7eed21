package spidsaml

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/saml/binding"
	"atrio/saml/xmlsec"
)

// The signature of a redirect covers the octets as they came, in the order of the
// standard: another order of the address changes nothing, a second copy of anything is
// refused, and so is a signature over another order. // SAML-bindings 3.4.4.1
func TestTheOrderOfARedirectIsThatOfTheStandard(t *testing.T) {
	w := newWorld(t)
	good := w.redirected(t, w.request(t, Want{Level: spid.L2}).XML, w.sp.Signer)
	parts := strings.Split(good.RawQuery, "&")
	read := func(parts ...string) *Anomaly {
		in := good
		in.RawQuery = strings.Join(parts, "&")
		_, found := w.idp.ReadRequest(in, w.lookup)
		return found
	}
	if found := read(parts[3], "x=1", parts[2], parts[1], parts[0]); found != nil {
		t.Errorf("the genuine parameters in another order: %v", found)
	}
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		for what, again := range map[string]string{"the same": part, "empty": name + "=", "without value": name, "escaped": "%" + hex(name[0]) + name[1:] + "=x"} {
			for where, query := range map[string][]string{
				"behind": append(slices.Clone(parts), again), "before": append([]string{again}, parts...), "beside": slices.Insert(slices.Clone(parts), i, again),
			} {
				if found := read(query...); found == nil || found.Code != 4 {
					t.Errorf("%s twice, %s, %s: %v", name, what, where, found)
				}
			}
		}
	}
	for _, order := range [][]int{{1, 0, 2}, {2, 1, 0}, {0, 2, 1}} {
		var signed []string
		for _, i := range order {
			signed = append(signed, parts[i])
		}
		_, signature, err := xmlsec.SignDetached([]byte(strings.Join(signed, "&")), w.sp.Signer)
		if err != nil {
			t.Fatal(err)
		}
		if found := read(append(signed, "Signature="+url.QueryEscape(binding.EncodePost(signature)))...); found == nil || found.Code != 5 {
			t.Errorf("signed in the order %v: %v", order, found)
		}
	}
}

func hex(c byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[c>>4], digits[c&15]})
}
