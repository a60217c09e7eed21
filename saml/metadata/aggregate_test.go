package metadata_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// many puts entities into an EntitiesDescriptor with the given attributes.
func many(attributes string, entities ...string) string {
	return `<md:EntitiesDescriptor xmlns:md="` + saml.NamespaceMetadata + `" ID="_many" ` + attributes + `>` + strings.Join(entities, "") + `</md:EntitiesDescriptor>`
}

func inside(entities ...string) string {
	return `<md:EntitiesDescriptor>` + strings.Join(entities, "") + `</md:EntitiesDescriptor>`
}

// one is an entity as text, with another name and more attributes.
func one(t testing.TB, s xmlsec.Signer, entityID, attributes string) string {
	t.Helper()
	e := entity(s)
	e.ID, e.EntityID, e.ValidUntil = "", entityID, time.Time{}
	document, err := e.XML()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(document), " entityID=", " "+attributes+" entityID=", 1)
}

func signMany(t testing.TB, s xmlsec.Signer, document string) []byte {
	t.Helper()
	signed, err := xmlsec.Sign([]byte(document), "_many", xmlsec.Name{}, s)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// said are the entities of an aggregate: the name, or the reason of its refusal.
func said(a *metadata.Aggregate) (out []string) {
	for e := range a.Entries() {
		if e.Err != nil {
			out = append(out, e.EntityID+" "+metadata.CodeOf(e.Err))
		} else {
			out = append(out, e.Entity.EntityID)
		}
	}
	return out
}

func TestAnAggregateIsReadOnlyAsItWasSigned(t *testing.T) {
	s, federation := samltest.ECDSA(t), samltest.ECDSA(t)
	document := signMany(t, federation, many(`Name="prova"`, one(t, s, "https://a", ""), inside(one(t, s, "https://b", ""))))
	a, err := metadata.ReadSignedAggregate(document, samltest.Public(federation), samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	if got := said(a); !slices.Equal(got, []string{"https://a", "https://b"}) || a.Len() != 2 || a.Name != "prova" {
		t.Errorf("%q, %v", a.Name, got)
	}
	sig := samltest.Find(t, document, "EntitiesDescriptor/Signature")
	signature, original := string(document[sig.Start:sig.End]), string(document[:sig.Start])+string(document[sig.End:])
	forged := func(id, piece string) []byte {
		return []byte(strings.Replace(many("", piece, one(t, s, "https://evil", "")), `ID="_many"`, `ID="`+id+`"`, 1))
	}
	for name, c := range map[string]struct {
		document []byte
		key      xmlsec.Signer
		code     string
	}{
		"inside a forged one":                   {forged("_evil", string(document)), federation, xmlsec.CodeUnsigned},
		"its signature beside it in a forged":   {forged("_evil", signature+original), federation, xmlsec.CodeReferenceURI},
		"in an Object of its signature":         {forged("_evil", strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+original+"</ds:Object></ds:Signature>", 1)), federation, xmlsec.CodeObject},
		"its signature on a forged of one name": {forged("_many", signature), federation, xmlsec.CodeDigest},
		"another key":                           {document, s, xmlsec.CodeMismatch},
		"an entity added":                       {samltest.Apply(t, document, samltest.Insert("EntitiesDescriptor/EntityDescriptor", one(t, s, "https://c", ""))), federation, xmlsec.CodeDigest},
		"an entity renamed":                     {samltest.Apply(t, document, samltest.Replace("https://b", "https://x")), federation, xmlsec.CodeDigest},
		"unsigned":                              {[]byte(many("", one(t, s, "https://a", ""))), federation, xmlsec.CodeUnsigned},
		"only an entity in it signed":           {[]byte(many("", string(signed(t, entity(federation), federation)))), federation, xmlsec.CodeUnsigned},
		"a document type":                       {append([]byte(`<!DOCTYPE x [<!ENTITY a "b">]>`), document...), federation, xmlsec.CodeDoctype},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := metadata.ReadSignedAggregate(c.document, samltest.Public(c.key), samltest.Start); metadata.CodeOf(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

func TestOneEntityAloneIsAnAggregateOfOne(t *testing.T) {
	s := samltest.ECDSA(t)
	a, err := metadata.ReadSignedAggregate(signed(t, entity(s), s), samltest.Public(s), samltest.Start)
	if err != nil || !slices.Equal(said(a), []string{"https://a.esempio.it"}) || !a.ValidUntil.Equal(samltest.Start.Add(time.Hour)) {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestABrokenEntityDoesNotSpoilTheOthers(t *testing.T) {
	s := samltest.ECDSA(t)
	broken := strings.Replace(one(t, s, "https://broken", ""), `Location="https://a.esempio.it/sso`, `Location="javascript:1`, 1)
	nameless := one(t, s, "", "")
	a, err := metadata.ReadTrustedAggregate([]byte(many("", broken, one(t, s, "https://a", ""), nameless)), samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := said(a), []string{"https://broken metadata_endpoint", "https://a", " metadata_entity_id"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// security.md A2: two entities of one entityID.
func TestEntitiesOfOneNameAreAllRefused(t *testing.T) {
	s := samltest.ECDSA(t)
	broken := strings.Replace(one(t, s, "https://b", ""), `Location="https://a.esempio.it/sso`, `Location="javascript:1`, 1)
	document := many("", one(t, s, "https://a", ""), one(t, s, "https://b", ""), inside(one(t, s, " https://a ", "")), broken, one(t, s, "https://c", ""))
	a, err := metadata.ReadTrustedAggregate([]byte(document), samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"https://a metadata_double", "https://b metadata_double", "https://a metadata_double", "https://b metadata_double", "https://c"}
	if got := said(a); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestLifeIsTheShortestOfTheEntityAndWhatIsAroundIt(t *testing.T) {
	s := samltest.ECDSA(t)
	at := func(d time.Duration) string { return string(saml.At(samltest.Start.Add(d))) }
	document := many(`validUntil="`+at(3*time.Hour)+`" cacheDuration="PT2H"`,
		one(t, s, "https://own", `validUntil="`+at(time.Hour)+`" cacheDuration="PT30M"`),
		one(t, s, "https://longer", `validUntil="`+at(9*time.Hour)+`" cacheDuration="P1D"`),
		one(t, s, "https://over", `validUntil="`+at(-time.Second)+`"`),
		strings.Replace(inside(one(t, s, "https://group", "")), "<md:EntitiesDescriptor", `<md:EntitiesDescriptor validUntil="`+at(2*time.Hour)+`"`, 1),
		strings.Replace(inside(one(t, s, "https://gone", "")), "<md:EntitiesDescriptor", `<md:EntitiesDescriptor validUntil="`+at(0)+`"`, 1))
	a, err := metadata.ReadTrustedAggregate([]byte(document), samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for e := range a.Entries() {
		if e.Err != nil {
			got[e.EntityID] = metadata.CodeOf(e.Err)
			continue
		}
		got[e.EntityID] = fmt.Sprint(e.Entity.ValidUntil.Sub(samltest.Start), " ", e.Entity.CacheDuration)
	}
	for id, want := range map[string]string{
		"https://own": "1h0m0s 30m0s", "https://longer": "3h0m0s 2h0m0s", "https://over": "metadata_expired",
		"https://group": "2h0m0s 2h0m0s", "https://gone": "metadata_expired",
	} {
		if got[id] != want {
			t.Errorf("%s: %q, want %q", id, got[id], want)
		}
	}
	if _, err := metadata.ReadTrustedAggregate([]byte(document), samltest.Start.Add(3*time.Hour)); metadata.CodeOf(err) != "metadata_expired" {
		t.Errorf("a document past its end: %v", err)
	}
}

func TestAnAggregateTellsWhenItWasPublished(t *testing.T) {
	s := samltest.ECDSA(t)
	for text, want := range map[string]time.Time{"2026-03-01T00:00:00Z": time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), "soon": {}} {
		info := `<md:Extensions><i:PublicationInfo xmlns:i="urn:oasis:names:tc:SAML:metadata:rpi" publisher="https://f" creationInstant="` + text + `"/></md:Extensions>`
		a, err := metadata.ReadTrustedAggregate([]byte(many("", info, one(t, s, "https://a", ""))), samltest.Start)
		if err != nil || !a.Created.Equal(want) {
			t.Errorf("%s: %v, %v", text, a, err)
		}
	}
}

func TestAnAggregateIsBounded(t *testing.T) {
	small := `<md:EntityDescriptor entityID="https://e/%d"/>`
	var bomb strings.Builder
	for i := range 513 {
		fmt.Fprintf(&bomb, small, i)
	}
	deep := fmt.Sprintf(small, 0)
	for range 4 {
		deep = inside(deep)
	}
	for name, c := range map[string]struct{ document, code string }{
		"too many entities":   {many("", bomb.String()), "metadata_entities"},
		"too deep":            {many("", deep), "metadata_nesting"},
		"too large":           {many("", strings.Repeat(" ", 4<<20)), xmlsec.CodeTooLarge},
		"another root":        {`<md:Entities xmlns:md="` + saml.NamespaceMetadata + `"/>`, "metadata_root"},
		"a cache of no time":  {many(`cacheDuration="soon"`), "metadata_cache_duration"},
		"an end of no time":   {many(`validUntil="soon"`), "metadata_valid_until"},
		"a group of no cache": {many("", `<md:EntitiesDescriptor cacheDuration="-P1D"/>`), "metadata_cache_duration"},
	} {
		if _, err := metadata.ReadTrustedAggregate([]byte(c.document), samltest.Start); metadata.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestDurationsAreReadStrictly(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT1H": time.Hour, "P1D": 24 * time.Hour, "P1DT2H3M4.5S": 26*time.Hour + 3*time.Minute + 4*time.Second,
		"P1M": 30 * 24 * time.Hour, "P9999999Y": 366 * 24 * time.Hour, "PT0S": 0,
	} {
		a, err := metadata.ReadTrustedAggregate([]byte(many(`cacheDuration="`+text+`"`)), samltest.Start)
		if err != nil || a.CacheDuration != want {
			t.Errorf("%s: %v, %v", text, a, err)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1", "1D", "P1H", "PT1D", "-PT1H", "P1DT", "P1D1Y", "PT1S1S", "PT1.S", "P1.5D", "P+1D", "PT٣H"} {
		if _, err := metadata.ReadTrustedAggregate([]byte(many(`cacheDuration="`+text+`"`)), samltest.Start); metadata.CodeOf(err) != "metadata_cache_duration" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReadAggregate(f *testing.F) {
	s := samltest.ECDSA(f)
	document := signMany(f, s, many(`cacheDuration="PT1H" validUntil="2026-03-11T00:00:00Z"`, one(f, s, "https://a", ""), inside(one(f, s, "https://b", ""))))
	f.Add(document)
	f.Add([]byte(many("", `<md:EntityDescriptor entityID="a"/><md:EntityDescriptor entityID="a"/>`)))
	f.Fuzz(func(t *testing.T, document []byte) {
		if a, err := metadata.ReadTrustedAggregate(document, samltest.Start); err == nil {
			seen := map[string]bool{}
			for e := range a.Entries() {
				if (e.Entity == nil) == (e.Err == nil) {
					t.Fatal("an entity that is neither read nor refused")
				}
				if e.Entity != nil && (seen[e.EntityID] || e.Entity.EntityID != e.EntityID) {
					t.Fatalf("%q is given twice or under another name", e.EntityID)
				}
				seen[e.EntityID] = true
			}
		}
		if a, err := metadata.ReadSignedAggregate(document, samltest.Public(s), samltest.Start); err == nil && !slices.Equal(said(a), []string{"https://a", "https://b"}) {
			t.Errorf("verified %v", said(a))
		}
	})
}
