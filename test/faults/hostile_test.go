package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/gateway"
	"atrio/gateway/doors"
	"atrio/gateway/doors/ciedoor"
	"atrio/gateway/doors/spiddoor"
	"atrio/idp"
	"atrio/test/faults/rig"
)

// patience bounds one answer: what is refused is refused quickly, even here.
const patience = 10 * time.Second

// reference is the number of an error page.
var reference = regexp.MustCompile(`\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b`)

// siege is a demonstration under attack.
type siege struct {
	*rig.Demo
	bases map[string]string
	// references are the numbers of the pages that said no, by role.
	references map[string]map[string]string

	over *http.Transport
	sent int
}

// send sends an attack; after a while the attacker comes from another address.
func (s *siege) send(t *testing.T, r *http.Request, cookies ...*http.Cookie) rig.Answer {
	const each = 200
	if s.sent%each == 0 {
		s.over = rig.From(t, s.sent/each)
	}
	s.sent++
	return rig.Raw(s.over, r, cookies...)
}

func newSiege(t *testing.T) *siege {
	d := rig.Start(t, program, rig.Options{Overrides: noLimits})
	s := &siege{Demo: d, bases: map[string]string{"gateway": d.Gateway(), "idp": d.IdP(), "portal": d.Portal()}, references: map[string]map[string]string{}}
	for role := range s.bases {
		s.references[role] = map[string]string{}
	}
	return s
}

// Whatever is sent to any address of any role: never 5xx, an answer in time, a
// page with a reference number, no value unescaped, an audit line with a reason.
func TestHostileRequestsToEveryAddressAreAnsweredWell(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	routes := rig.Routes(t, "../..")
	if len(routes) < 60 {
		t.Fatalf("only %d routes were found", len(routes))
	}
	for _, n := range doors.NotYets() {
		routes = append(routes, rig.Route{Role: "gateway", Method: http.MethodGet, Pattern: n.Path})
	}
	for _, r := range s.mounted(t) {
		if !slices.Contains(routes, r) {
			routes = append(routes, r)
		}
	}
	exempt := map[string][]string{"gateway": gateway.CrossOriginPOST(), "idp": idp.CrossOriginPOST()}
	amira := rig.NewCitizen(t, s.Demo, "Amira")
	amira.Visit()
	visitors := []visitor{{"anybody", nil, "", all}, {"signed in", amira.Cookies(), "", func(r rig.Route) bool {
		return r.Method != http.MethodPost || !strings.Contains(r.Pattern, "logout") // the attacks would end the session
	}}}
	bianca := rig.NewCitizen(t, s.Demo, "Bianca")
	for _, page := range []string{"idp/password", "idp/code", "idp/consent", "gateway/welcome"} {
		visitors = append(visitors, s.halfway(bianca.Tomorrow(), page))
	}
	for _, who := range visitors {
		t.Run(who.name, func(t *testing.T) {
			for _, r := range routes {
				if !who.takes(r) {
					continue
				}
				list := attacks(who.flow)
				if r.Method == http.MethodPost {
					list = append(list, posts()...)
					if !slices.Contains(exempt[r.Role], r.Pattern) {
						list = append(list, elsewhere())
					}
				}
				for _, a := range list {
					s.strike(t, r, a, who)
				}
			}
		})
	}
	t.Run("paths", s.paths)
	t.Run("every refusal of a known address has its audit line", s.audited)
	t.Run("nothing hostile or personal is logged", func(t *testing.T) { s.discreet(t, amira, bianca) })
	for role := range s.bases {
		s.VerifyAudit(role)
	}
}

// mounted are the addresses that a world mounts from a field, which is no text of the
// source: those of its own description, and every address that this names.
func (s *siege) mounted(t *testing.T) (out []rig.Route) {
	t.Helper()
	location := regexp.MustCompile(` (?:Response)?Location="` + regexp.QuoteMeta(s.Gateway()) + `([^"]*)"`)
	for _, w := range []struct{ metadata, acs, slo string }{
		{spiddoor.MetadataPath, spiddoor.ACSPath, spiddoor.SLOPath}, {ciedoor.MetadataPath, ciedoor.ACSPath, ciedoor.SLOPath},
	} {
		out = append(out, rig.Route{Role: "gateway", Method: http.MethodGet, Pattern: w.metadata}, rig.Route{Role: "gateway", Method: http.MethodGet, Pattern: w.slo + "/unanswered"})
		named := location.FindAllStringSubmatch(rig.Raw(nil, rig.Get(s.Gateway()+w.metadata).HTTP()).Body, -1)
		for _, path := range []string{w.acs, w.slo} {
			if !slices.ContainsFunc(named, func(n []string) bool { return n[1] == path }) {
				t.Errorf("%s does not name %s", w.metadata, path)
			}
		}
		for _, n := range named {
			out = append(out, rig.Route{Role: "gateway", Method: http.MethodPost, Pattern: n[1]})
			if n[1] != w.acs {
				out = append(out, rig.Route{Role: "gateway", Method: http.MethodGet, Pattern: n[1]})
			}
		}
	}
	return out
}

// visitor is in whose name the attacks come.
type visitor struct {
	name    string
	cookies []*http.Cookie
	flow    string // the login under way, "" for none
	takes   func(rig.Route) bool
}

func all(rig.Route) bool { return true }

// halfway goes on until a page of a login and stays there: a visitor whose cookies
// open what others cannot reach.
func (s *siege) halfway(c *rig.Citizen, page string) visitor {
	c.SMS = true // the app's codes work once in 30 seconds
	c.Until(func() bool {
		return c.At(page) || page == "idp/password" && c.Page() != nil && c.Page().Find("input[name=username]") != nil
	})
	v := visitor{name: "halfway at " + page, cookies: c.Cookies()}
	if role, _, _ := strings.Cut(page, "/"); role == "idp" {
		v.flow = strings.Split(c.Page().URL.Path, "/")[2]
		v.takes = func(r rig.Route) bool { return strings.Contains(r.Pattern, "{flow}") }
	} else {
		v.flow = c.Page().URL.Query().Get("flow")
		v.takes = func(r rig.Route) bool { return r.Role == "gateway" && strings.HasPrefix(r.Pattern, "/welcome") }
	}
	return v
}

func (s *siege) strike(t *testing.T, r rig.Route, a attack, who visitor) {
	t.Helper()
	req := a.make(r.Method, sample(s.bases[r.Role], r, who.flow))
	answer := s.send(t, req, who.cookies...)
	name := fmt.Sprintf("%s: %s %s%s", a.name, r.Method, r.Role, r.Pattern)
	if answer.Err != nil {
		t.Errorf("%s: %v", name, answer.Err)
		return
	}
	if r.Pattern == "/healthz" || r.Pattern == "/readyz" {
		a.status = nil // the probes of an orchestrator come by address
	}
	s.judge(t, name, r.Role, answer)
	if a.status != nil && !a.status(answer.Status) {
		t.Errorf("%s: %d\n%.300s", name, answer.Status, answer.Body)
	}
	if to := answer.Header.Get("Location"); strings.Contains(to, "evil.example") && !s.ours(to) {
		t.Errorf("%s: leads to %s", name, to)
	}
}

// ours reports whether an address begins with one of our origins or with a path.
func (s *siege) ours(to string) bool {
	if strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.HasPrefix(to, `/\`) {
		return true
	}
	for _, base := range s.bases {
		if strings.HasPrefix(to, base+"/") {
			return true
		}
	}
	return false
}

// judge says what holds for every answer.
func (s *siege) judge(t *testing.T, name, role string, a rig.Answer) {
	t.Helper()
	if a.Status >= 500 || a.Status == 0 {
		t.Errorf("%s: %d\n%.300s", name, a.Status, a.Body)
	}
	if a.Took > patience {
		t.Errorf("%s took %s", name, a.Took)
	}
	if strings.Contains(a.Body, "<script>"+trace) {
		t.Errorf("%s: the page holds what was sent, unescaped", name)
	}
	kind := a.Header.Get("Content-Type")
	if strings.HasPrefix(kind, "text/html") && a.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("%s: a page without a content security policy", name)
	}
	if a.Status < 400 || a.Status >= 500 {
		return
	}
	switch number := reference.FindString(a.Body); {
	case strings.HasPrefix(kind, "text/html"):
		// A form that is shown again with what is wrong (422) is no error page.
		if number == "" && a.Status != http.StatusUnprocessableEntity && a.Status != http.StatusTooManyRequests {
			t.Errorf("%s: %d without a reference number\n%.300s", name, a.Status, a.Body)
		} else if number != "" {
			s.references[role][number] = name
		}
	case strings.HasPrefix(kind, "application/json"):
		var said struct{ Error string }
		if err := json.Unmarshal([]byte(a.Body), &said); err != nil || said.Error == "" && !strings.Contains(a.Body, `"signed_in"`) {
			t.Errorf("%s: %d says %q", name, a.Status, a.Body)
		}
	case a.Body != "" && len(a.Body) > 200:
		t.Errorf("%s: %d with a body of type %q\n%.300s", name, a.Status, kind, a.Body)
	}
}

func (s *siege) paths(t *testing.T) {
	for role, base := range s.bases {
		for _, path := range paths() {
			req := request(http.MethodGet, base, nil)
			req.URL.Opaque = strings.TrimPrefix(base, "http:") + path // as written
			answer := s.send(t, req)
			if answer.Err != nil {
				t.Errorf("%s%.80s: %v", role, path, answer.Err)
				continue
			}
			s.judge(t, role+fmt.Sprintf("%.80s", path), role, answer)
			if answer.Status == http.StatusOK && strings.Contains(answer.Body, "root:") {
				t.Errorf("%s%s shows a file of the system", role, path)
			}
			if to := answer.Header.Get("Location"); to != "" && !s.ours(to) {
				t.Errorf("%s%s leads to %s", role, path, to)
			}
		}
	}
}

// audited looks for the numbers of all error pages in the audit logs. Addresses
// that do not exist are only in the log.
func (s *siege) audited(t *testing.T) {
	s.Advance("0s")
	nowhere := map[string]bool{}
	for line := range strings.Lines(s.Log()) {
		if strings.Contains(line, `"no_route"`) {
			nowhere[reference.FindString(line)] = true
		}
	}
	for role, numbers := range s.references {
		look := s.Look(role)
		var missing []string
		defer func() {
			if t.Failed() {
				for line := range strings.Lines(s.Log()) {
					if strings.Contains(line, `"WARN"`) || strings.Contains(line, `"ERROR"`) {
						t.Log(line)
					}
				}
				t.Errorf("%s: %d of %d are missing: %q", role, len(missing), len(numbers), missing[:min(len(missing), 20)])
			}
		}()
		rig.Until(t, "the audit lines of "+role, func() bool {
			have := map[string]bool{}
			for _, n := range look.Texts("SELECT reference FROM audit WHERE outcome = 'refused' AND reason <> ''") {
				have[n] = true
			}
			missing = nil
			for _, n := range slices.Sorted(maps.Keys(numbers)) {
				if !have[n] && !nowhere[n] {
					missing = append(missing, numbers[n])
				}
			}
			return float64(len(missing)) <= s.Metric("atrio_audit_dropped_total", role)
		})
		look.Close()
	}
}

// discreet reads the log and the audit logs for what must not be there.
func (s *siege) discreet(t *testing.T, people ...*rig.Citizen) {
	t.Helper()
	secrets := map[string]string{"what an attacker sent": trace}
	for _, c := range people {
		p := c.Person
		for what, text := range map[string]string{
			"password": p.Password, "codice fiscale": p.CodiceFiscale, "e-mail": p.Email, "phone": p.Phone, "TOTP secret": p.TOTPSecret,
			"family name": strings.Fields(p.Name)[1], "Codice Persona": c.Ledger.Code,
		} {
			if text != "" {
				secrets[p.Name+", "+what] = text
			}
		}
		for _, cookie := range c.Cookies() {
			if len(cookie.Value) > 16 {
				secrets[p.Name+", cookie "+cookie.Name] = cookie.Value
			}
		}
	}
	texts := map[string]string{"the log": s.Log()}
	for role := range s.bases {
		look := s.Look(role)
		texts["the audit log of "+role] = strings.Join(look.Texts(
			"SELECT role || ' ' || actor || ' ' || subject || ' ' || action || ' ' || outcome || ' ' || reason || ' ' || reference || ' ' || address || ' ' || detail FROM audit"), "\n")
		look.Close()
	}
	for where, text := range texts {
		for what, secret := range secrets {
			if at := strings.Index(strings.ToLower(text), strings.ToLower(secret)); at >= 0 {
				t.Errorf("%s holds %s: …%s…", where, what, text[max(0, at-200):min(len(text), at+100)])
			}
		}
	}
}
