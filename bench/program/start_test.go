package program

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// starts is how many starts a median is taken of.
const starts = 7

// settled is how long a program is left alone before it counts as idle.
const settled = 3 * time.Second

// BenchmarkStart is the way from the start of the process to readiness, with the
// schema in place, and the memory of the idle program: of all three roles with the
// desk in one process (demo), and of the gateway alone (gateway).
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	first := demo(b, dir) // makes keys, schema and people
	config, port := gatewayConfig(b, first, dir)
	first.stop()
	b.Run("demo", func(b *testing.B) {
		measureStarts(b, func() *process { return demo(b, dir) })
	})
	b.Run("gateway", func(b *testing.B) {
		measureStarts(b, func() *process { return serve(b, "gateway", config, port) })
	})
}

func measureStarts(b *testing.B, start func() *process) {
	for b.Loop() {
		var took, spent, held []float64
		for i := range starts {
			p := start()
			took, spent = append(took, ms(p.took)), append(spent, ms(p.spent))
			if i >= starts-3 {
				time.Sleep(settled)
				held = append(held, p.memory())
			}
			p.stop()
		}
		b.ReportMetric(median(took), "ready-ms")
		b.ReportMetric(median(spent), "ready-cpu-ms")
		b.ReportMetric(median(held), "idle-MB")
	}
}

// gatewayConfig writes the configuration of the demonstration's gateway as a role
// of its own.
func gatewayConfig(b testing.TB, p *process, dir string) (path string, port int) {
	provider := filepath.Join(dir, "provider.xml")
	if err := os.WriteFile(provider, []byte(p.fetch(p.at(1, "/metadata"))), 0o600); err != nil {
		b.Fatal(err)
	}
	port = freeBase(b)
	text := fmt.Sprintf(`
[log]
level = "warn"
[operations]
listen = "127.0.0.1:%[2]d"
[gateway]
base_url = "http://localhost:%[1]d"
listen = "127.0.0.1:%[1]d"
database = "sqlite://%[3]s/gateway.db"
keys = "%[3]s/keys-gateway"
[gateway.spid]
locality = "Roma"
[gateway.spid.organization.it]
name = "Ateneo di Prova"
display_name = "Ateneo di Prova"
url = "http://localhost:%[1]d"
[gateway.spid.contact]
ipa_code = "prova_at"
email = "spid@example.org"
phone = "+390600000000"
[[gateway.spid.providers]]
metadata_file = "%[3]s/provider.xml"
`, port, port+9, dir)
	path = filepath.Join(dir, "gateway.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return path, port
}
