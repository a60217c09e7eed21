package registry_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"atrio/federation/registry"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
)

// BenchmarkProvider finds one provider among a few and among many: the cost is the same.
func BenchmarkProvider(b *testing.B) {
	for _, n := range []int{12, 500} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			key := samltest.ECDSA(b)
			var all strings.Builder
			for i := range n {
				id := fmt.Sprintf("https://id%d.example.it", i)
				e := metadata.Entity{EntityID: id, Provider: &metadata.Provider{
					Certificates: []metadata.Certificate{{Use: "signing", DER: key.Certificate}},
					SignOn:       []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: id + "/sso"}},
				}}
				document, err := e.XML()
				if err != nil {
					b.Fatal(err)
				}
				all.Write(document)
			}
			r, err := registry.New(registry.Config{World: "spid", Now: samltest.NewClock().Now, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			if err := r.Introduce("all", []byte(`<md:EntitiesDescriptor xmlns:md="`+saml.NamespaceMetadata+`">`+all.String()+`</md:EntitiesDescriptor>`)); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := r.Provider("https://id7.example.it"); !ok {
					b.Fatal("not found")
				}
			}
		})
	}
}
