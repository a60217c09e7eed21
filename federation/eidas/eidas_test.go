package eidas

import (
	"maps"
	"strings"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/federation/spid/spidtest"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
)

func testSP(t testing.TB) *spidsaml.SP {
	names := metadata.Localized{{Lang: "it", Text: "Servizi Online"}}
	return &spidsaml.SP{
		EntityID: "https://porta.esempio.it", ACSURL: "https://porta.esempio.it/spid/acs", SLOURL: "https://porta.esempio.it/spid/slo",
		Organization:  metadata.Organization{Names: names, DisplayNames: names, URLs: metadata.Localized{{Lang: "it", Text: "https://esempio.it"}}},
		Contact:       spidsaml.Contact{IPACode: "c_test", Email: "spid@esempio.it"},
		AttributeSets: append([]spidsaml.AttributeSet{{Index: 0, Names: names, Attributes: []string{"spidCode"}}}, Sets()...), Signer: samltest.ECDSA(t),
	}
}

func ines() map[string]string {
	return map[string]string{"spidCode": "ES/IT/INES-0001", "name": "Inés", "familyName": "Prueba", "dateOfBirth": "1990-02-03"}
}

func ask(t testing.TB, sp *spidsaml.SP, node spidsaml.Provider) spidsaml.Request {
	t.Helper()
	r, err := Request(sp, "_request", samltest.Start, node, spid.L2, spid.SetEIDASFull)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryRowOfTheTableRefusesWhatItIsFor(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://nodo.esempio.it")
	pending := ask(t, sp, p.Seen).Pending
	var own []spidtest.Hostile
	for _, id := range []string{"IT/IT/X", "es/IT/X", "ES/FR/X", "ES/IT/", "XX/IT/X", "TEST123456789A", "ES/IT/a b", "ES/IT/" + strings.Repeat("x", 257)} {
		own = append(own, spidtest.Hostile{Row: "eidas-minimum-set", Edits: []samltest.Edit{samltest.Replace("ES/IT/INES-0001", id)}})
	}
	own = append(own,
		spidtest.Hostile{Row: "eidas-minimum-set", Edits: []samltest.Edit{samltest.Replace(">1990-02-03<", ">3.2.1990<")}},
		spidtest.Hostile{Row: "eidas-minimum-set", Edits: []samltest.Edit{samltest.Replace(">Prueba<", "><")}},
		spidtest.Hostile{Row: "eidas-minimum-set", Edits: []samltest.Edit{samltest.Drop("Response/Assertion/AttributeStatement")}})
	spidtest.Each(t, Table(), own, p, p.Answer(t, sp.EntityID, sp.ACSURL, pending, spid.L2, ines()), func(document []byte, now time.Time) error {
		_, err := CheckResponse(spidsaml.Input{SAMLResponse: binding.EncodePost(document), SP: sp, Provider: p.Seen, Pending: pending, Now: now})
		return err
	})
}

func TestAnAnswerOfTheNodeIsBelieved(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://nodo.esempio.it")
	pending := ask(t, sp, p.Seen).Pending
	full := maps.Clone(ines())
	full["address"], full["gender"] = "Calle Ejemplo 1", "Female"
	document := samltest.Sign(t, p.Answer(t, sp.EntityID, sp.ACSURL, pending, spid.L3, full), p.IdP.Signer, true, true)
	login, err := CheckResponse(spidsaml.Input{SAMLResponse: binding.EncodePost(document), SP: sp, Provider: p.Seen, Pending: pending, Now: samltest.Start})
	if err != nil || login.Level != spid.L3 || login.Attributes["address"] == "" {
		t.Errorf("%+v, %v", login, err)
	}
}

// The regression that others had (iam-proxy-italia 272): a set of eIDAS in a request
// to a provider of SPID, or one of SPID in a request to the node.
func TestSetsOfEIDASAndOfSPIDNeverMix(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://qualcuno.esempio.it")
	for index := range 120 {
		reserved := index == 99 || index == 100
		if _, err := sp.Request("_r", samltest.Start, p.Seen, spidsaml.Want{Level: spid.L2, AttributeIndex: index}); err == nil && (reserved || index != 0) {
			t.Errorf("set %d was asked of a provider of SPID", index)
		}
		if _, err := Request(sp, "_r", samltest.Start, p.Seen, spid.L2, index); (err == nil) != reserved {
			t.Errorf("set %d of the node: %v", index, err)
		}
	}
	if r := ask(t, sp, p.Seen); !strings.Contains(string(r.XML), `AttributeConsumingServiceIndex="100"`) || r.Pending.AttributeIndex != 100 {
		t.Errorf("%s", r.XML)
	}
}

func TestTheNodeIsAskedForSubstantialAtLeast(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://nodo.esempio.it")
	for asked, want := range map[spid.Level]spid.Level{spid.L1: spid.L2, spid.L2: spid.L2, spid.L3: spid.L3} {
		r, err := Request(sp, "_r", samltest.Start, p.Seen, asked, spid.SetEIDASMinimum)
		if err != nil || r.Pending.Level != want {
			t.Errorf("asked %d: %+v, %v", asked, r.Pending, err)
		}
	}
}

func TestAnIdentifierIsReadBackAsItCame(t *testing.T) {
	for _, s := range []string{"ES/IT/INES-0001", "DE/IT/a/b/c", "EL/IT/~!", "SE/IT/" + strings.Repeat("9", 256)} {
		i, err := ParseIdentifier(s)
		if err != nil || i.String() != s || i.For != "IT" {
			t.Errorf("%s: %+v, %v", s, i, err)
		}
	}
}

func FuzzIdentifier(f *testing.F) {
	f.Add("ES/IT/INES-0001")
	f.Add("//")
	f.Fuzz(func(t *testing.T, s string) {
		if i, err := ParseIdentifier(s); err == nil && (i.String() != s || i.From == "IT" || i.Local == "") {
			t.Errorf("%q became %+v", s, i)
		}
	})
}

func TestEveryCountryHasACodeAndBothNames(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Countries() {
		if len(c.Code) != 2 || c.Code != strings.ToUpper(c.Code) || c.It == "" || c.En == "" || seen[c.Code] || c.Code == "IT" || c.Code == "GR" {
			t.Errorf("%+v", c)
		}
		seen[c.Code] = true
	}
}

func TestErrorCodesOfTheNodeHaveWordsWhereThePersonDecides(t *testing.T) {
	for code := 1; code <= 30; code++ {
		row, _ := spid.LookupAnomaly(code)
		got, ok := ParseAnomaly(row.Message())
		words := code >= 19 && code <= 25 && code != 24
		if !ok || got.User != words || words && !strings.HasPrefix(got.Key, "eidas.anomaly.") {
			t.Errorf("%d: %+v", code, got)
		}
	}
}

func TestAGenderIsFOrMOrNotSaid(t *testing.T) {
	for s, want := range map[string]string{"Female": "F", "M": "M", "male": "M", "Unspecified": "", "": "", "Not applicable": ""} {
		if got, ok := Gender(s); got != want || ok != (want != "") {
			t.Errorf("%q: %q", s, got)
		}
	}
}
