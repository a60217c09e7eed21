package main

import (
	"fmt"
	"strings"

	"atrio/bench/alike"
)

// row is a line of the table.
type row struct {
	what, target string
	// figure writes what was measured, and tells whether the target is met.
	figure func(m *reading) (text string, met bool)
}

// reading gives figures by name and notes what is missing.
type reading struct {
	figures
	missing bool
}

func (m *reading) get(name, unit string) float64 {
	v, ok := m.of(name, unit)
	m.missing = m.missing || !ok
	return v
}

// worst is the highest figure of all benchmarks whose names begin alike, and the rest of
// that name.
func (m *reading) worst(beginning, unit string) (v float64, rest string) {
	m.missing = true
	for key := range m.figures {
		name, is := strings.CutPrefix(key[0], beginning)
		if !is || key[1] != unit {
			continue
		}
		m.missing = false
		if one, _ := m.of(key[0], unit); one > v {
			v, rest = one, strings.ReplaceAll(name, "_", " ")
		}
	}
	return v, rest
}

// rows are the lines of DESIGN section 6 that exist by now.
func rows() []row {
	var out []row
	out = append(out, verification()...)
	out = append(out, login()...)
	out = append(out, tokens()...)
	out = append(out, documents()...)
	out = append(out, passwords()...)
	out = append(out, places()...)
	out = append(out, operators()...)
	out = append(out, program()...)
	out = append(out, video()...)
	return append(out, timing()...)
}

func verification() []row {
	against := func(other string) func(m *reading) (string, bool) {
		return func(m *reading) (string, bool) {
			time := m.get("Verify9KB/atrio", "ns/op") / m.get("Verify9KB/"+other, "ns/op")
			allocs := m.get("Verify9KB/"+other, "allocs/op") / m.get("Verify9KB/atrio", "allocs/op")
			return fmt.Sprintf("%.2f of its time, 1/%.1f of its allocations (%.0f µs, %.0f)", time, allocs,
				m.get("Verify9KB/atrio", "ns/op")/1000, m.get("Verify9KB/atrio", "allocs/op")), time <= 0.30 && allocs >= 6
		}
	}
	return []row{
		{"verify one 9 KB Response, against goxmldsig", "≤ 0.30, ≤ 1/6", against("goxmldsig")},
		{"the same, against helium", "–", func(m *reading) (string, bool) { text, _ := against("helium")(m); return text, true }},
	}
}

func login() []row {
	whole := func(dialect string) func(m *reading) (string, bool) {
		return func(m *reading) (string, bool) {
			name := "SPIDLogin/" + dialect
			beyond, sign := m.get(name, "beyond-rsa-µs"), m.get(name, "rsa-sign-µs")
			return fmt.Sprintf("%.2f ms beyond %.0f signature of %.2f ms and %.0f verifications of %.3f ms (%.2f signatures; request %.2f, answer %.2f ms)",
				beyond/1000, m.get(name, "rsa-signs"), sign/1000, m.get(name, "rsa-verifies"), m.get(name, "rsa-verify-µs")/1000,
				beyond/sign, m.get(name, "start-cpu-µs")/1000, m.get(name, "acs-cpu-µs")/1000), beyond <= 1100
		}
	}
	return []row{
		{"full SPID login at the gateway, SQLite", "≤ 1.1 ms beyond RSA", whole("sqlite")},
		{"full SPID login at the gateway, PostgreSQL", "≤ 1.1 ms beyond RSA", whole("postgres")},
		{"cost of a login at many accounts over that at 1,000", "≤ 1.2", func(m *reading) (string, bool) {
			ratio := m.get("LoginAmong", "ratio")
			return fmt.Sprintf("%.2f at %.0f accounts", ratio, m.get("LoginAmong", "accounts")), ratio <= 1.2
		}},
	}
}

func tokens() []row {
	token := func(name, signature string, signatures int, target float64) func(m *reading) (string, bool) {
		return func(m *reading) (string, bool) {
			cpu, one := m.get(name, "cpu-µs/op"), m.get(signature, "cpu-µs/op")
			text := fmt.Sprintf("%.0f µs, of which %d signatures of %.0f µs; %.0f allocations", cpu, signatures, one, m.get(name, "allocs/op"))
			return text, cpu <= target
		}
	}
	return []row{
		{"token endpoint, ES256, without the store", "≤ 150 µs", token("TokenES256", "SignatureES256", 2, 150)},
		{"token endpoint, ES256, with PostgreSQL", "≤ 300 µs", token("TokenES256Postgres", "SignatureES256", 2, 300)},
		{"token endpoint, ES256, with SQLite", "–", token("TokenES256SQLite", "SignatureES256", 2, 1e9)},
		{"token endpoint, RS256 ID token", "≤ 1.2 ms", func(m *reading) (string, bool) {
			cpu := m.get("TokenRS256", "cpu-µs/op")
			return fmt.Sprintf("%.2f ms, of which one RSA signature of %.2f ms", cpu/1000, m.get("SignatureRS256", "cpu-µs/op")/1000), cpu <= 1200
		}},
		{"authorization from an open session, its lookup included", "–", func(m *reading) (string, bool) {
			return fmt.Sprintf("SQLite %.0f µs, PostgreSQL %.0f µs", m.get("SSOHit/sqlite", "cpu-µs/op"), m.get("SSOHit/postgres", "cpu-µs/op")), true
		}},
	}
}

func documents() []row {
	one := func(name string) func(m *reading) (string, bool) {
		return func(m *reading) (string, bool) {
			us := m.get(name, "cpu-µs/op")
			return fmt.Sprintf("%.1f µs", us), us <= 20
		}
	}
	return []row{
		{"discovery", "≤ 20 µs", one("Discovery")},
		{"key set", "≤ 20 µs", one("KeySet")},
		{"SAML metadata", "≤ 20 µs", one("Metadata")},
		{"login page, the dearest that everybody sees", "–", func(m *reading) (string, bool) {
			return fmt.Sprintf("%.0f µs, %.0f allocations", m.get("LoginPage", "cpu-µs/op"), m.get("LoginPage", "allocs/op")), true
		}},
	}
}

// places is the dearest of the searches that people/places measures: those for one letter
// are.
func places() []row {
	return []row{{"search for a place of birth by typed text, the longest", "≤ 1 ms", func(m *reading) (string, bool) {
		ns, text := m.worst("Search/", "ns/op")
		return fmt.Sprintf("%.2f ms, for %q", ns/1e6, text), ns <= 1e6
	}}}
}

// operators: a page of theirs may take 50 ms.
func operators() []row {
	return []row{{"1,000 requests in the queue of the identity provider: the dearest page of operators", "≤ 50 ms", func(m *reading) (string, bool) {
		ns, page := m.worst("Operators/", "ns/op")
		return fmt.Sprintf("%.1f ms, %s", ns/1e6, page), ns <= 50e6
	}}}
}

func passwords() []row {
	out := []row{
		{"password checks against bare argon2id with the same workers", "≥ 90 %", func(m *reading) (string, bool) {
			share := m.get("PasswordShare", "%")
			return fmt.Sprintf("%.0f %% (%.1f in a second)", share, m.get("PasswordShare", "hashes/s")), share >= 90
		}},
	}
	out = append(out, storm("Storm", "200 passwords at once at the identity provider")...)
	return append(out, storm("MemberStorm", "200 members at once at the gateway, password and app")...)
}

// longestAnswer is how long an answer may take in a storm, in seconds: the two of the queue
// (authn/password, MaxWait), and a quarter for the hash itself and for two hundred browsers
// that measure on the same processors.
const longestAnswer = 2.25

// storm is what one of the storms does to the program.
func storm(name, what string) []row {
	return []row{
		{what + ": memory of all roles in one process", "≤ 250 MB", func(m *reading) (string, bool) {
			mb := m.get(name, "peak-MB")
			return fmt.Sprintf("%.0f MB", mb), mb <= 250
		}},
		{what + ": no wait over 2 s, else refused with Retry-After", fmt.Sprintf("≤ %.2f s as the browsers see it", longestAnswer), func(m *reading) (string, bool) {
			return fmt.Sprintf("%.0f entered, %.0f refused (Retry-After up to %.0f s), %.0f anything else; longest answer %.1f s",
				m.get(name, "entered"), m.get(name, "refused"), m.get(name, "retry-after-s"), m.get(name, "other-answers"),
				m.get(name, "longest-s")), m.get(name, "other-answers") == 0 && m.get(name, "longest-s") <= longestAnswer
		}},
		{what + ": sign-on from an open session meanwhile, p99", "< 50 ms", func(m *reading) (string, bool) {
			p99 := m.get(name, "sso-p99-ms")
			return fmt.Sprintf("%.0f ms (median %.1f ms; without the storm p99 %.1f ms)", p99, m.get(name, "sso-p50-ms"), m.get(name, "calm-p99-ms")), p99 < 50
		}},
	}
}

// timing is whether known accounts can be told from unknown ones.
func timing() (out []row) {
	for _, c := range []struct{ what, bench, step string }{
		{"login with a wrong password", "login", ""}, {"address of a registration", "registration", ""},
		{"wrong code of a registration", "registration", "wrong-code-"}, {"another code of a registration", "registration", "resend-"},
		{"recovery", "recovery", ""},
	} {
		out = append(out, row{"known and unknown account: " + c.what, "alike", func(m *reading) (string, bool) {
			seen, spent := m.compared("Alike/"+c.bench, c.step+"seen"), m.compared("Alike/"+c.bench, c.step+"processor")
			text := fmt.Sprintf("%.2f and %.2f ms, %+.2f (%+.2f to %+.2f): %s; processor %.2f and %.2f ms, %+.2f (%+.2f to %+.2f): %s",
				seen.One, seen.Other, seen.Shift, seen.Low, seen.High, seen.Verdict(),
				spent.One, spent.Other, spent.Shift, spent.Low, spent.High, spent.Verdict())
			return text, seen.Verdict() != alike.Apart && spent.Verdict() != alike.Apart
		}})
	}
	return out
}

// compared reads a comparison back.
func (m *reading) compared(name, prefix string) alike.Result {
	get := func(what string) float64 { return m.get(name, prefix+"-"+what) }
	return alike.Result{
		One: get("known-ms"), Other: get("unknown-ms"), Shift: get("shift-ms"), Low: get("low-ms"), High: get("high-ms"),
	}
}

func program() []row {
	return []row{
		{"commits of a login through all roles: gateway, idp, portal", "≤ 2, ≤ 2, ≤ 1", func(m *reading) (string, bool) {
			g, i, p := m.get("Commits", "gateway-commits"), m.get("Commits", "idp-commits"), m.get("Commits", "portal-commits")
			return fmt.Sprintf("%.0f, %.0f, %.0f", g, i, p), g <= 2 && i <= 2 && p <= 1
		}},
		{"commits of a sign-on from an open session: gateway, idp, portal", "≤ 1, 0, ≤ 1", func(m *reading) (string, bool) {
			g, i, p := m.get("Commits", "gateway-sso-commits"), m.get("Commits", "idp-sso-commits"), m.get("Commits", "portal-sso-commits")
			return fmt.Sprintf("%.0f, %.0f, %.0f", g, i, p), g <= 1 && i == 0 && p <= 1
		}},
		{"idle, anonymous memory: all roles in one process; gateway alone", "≤ 45 MB", func(m *reading) (string, bool) {
			all, one := m.get("Start/demo", "idle-MB"), m.get("Start/gateway", "idle-MB")
			return fmt.Sprintf("%.0f MB; %.0f MB", all, one), all <= 45
		}},
		{"from start to ready, schema in place: all roles; gateway alone", "≤ 150 ms", func(m *reading) (string, bool) {
			all, one := m.get("Start/demo", "ready-ms"), m.get("Start/gateway", "ready-ms")
			return fmt.Sprintf("%.0f ms (%.0f of processor); %.0f ms (%.0f)", all, m.get("Start/demo", "ready-cpu-ms"), one, m.get("Start/gateway", "ready-cpu-ms")), all <= 150
		}},
	}
}

// video is what the studio costs while both sides send 1280×720; most pictures must have
// been kept, or the machine was too busy to measure.
func video() []row {
	return []row{{"recorded video session, both sides 1280×720 at 25 pictures a second: forwarded and kept", "≤ 15 % of a core", func(m *reading) (string, bool) {
		share, pictures := m.get("VideoSession", "core-%"), m.get("VideoSession", "pictures/s")
		return fmt.Sprintf("%.1f %%, %.1f pictures a second and %.1f Mbit/s kept of each side", share, pictures, m.get("VideoSession", "Mbit/s")), share <= 15 && pictures >= 23
	}}}
}
