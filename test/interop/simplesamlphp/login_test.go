package simplesamlphp_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	_ "atrio/app" // what the program is made of: a change there makes the last results old
	"atrio/test/faults/rig"
	"atrio/web/webtest"
)

// fiscalCode is that of an invented person.
const fiscalCode = "FNTPRV80A41H501Y"

var program rig.Binary

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "atrio-simplesamlphp-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program, err = rig.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// house is a demonstration that trusts the provider at one of its doors.
func house(t *testing.T, p *provider, table string) *rig.Demo {
	t.Helper()
	path := filepath.Join(p.lab, "provider.xml")
	p.write("provider.xml", p.metadata())
	return rig.Start(t, program, rig.Options{Overrides: fmt.Sprintf("%s\nmetadata_file = %q\n", table, path)})
}

// signIn goes to the provider and signs in there; the page is what the gateway shows.
func signIn(b *webtest.Client, start string) *webtest.Page {
	page := b.Get(start).Expect(http.StatusOK, "Enter your username and password")
	page = b.Submit(page.FormWith("username"), "username", "gisella", "password", "gisella")
	return b.Submit(page.FormWith("SAMLResponse"))
}

// What SPID asks and this provider does not do is refused for just that: all that comes
// before it, its signatures among it, was right.
func TestAtTheDoorOfSPIDItLacksTheFormatOfItsIssuerAlone(t *testing.T) {
	p := newProvider(t, fiscalCode)
	d := house(t, p, "[[gateway.spid.providers]]")
	p.trust(get200(t, d.Gateway()+"/spid/metadata"))
	page := signIn(webtest.New(t), d.Gateway()+"/spid/login?idp="+url.QueryEscape(p.url+"idp"))
	page.Expect(http.StatusForbidden, "Riprova", "Entra in altro modo", "Codice di riferimento")
	refused(t, d, "assertion-issuer-format")
}

// refused waits for the audit lines of a refusal, which are written in batches.
func refused(t *testing.T, d *rig.Demo, reason string) {
	t.Helper()
	look := d.Look("gateway")
	defer look.Close()
	var found []string
	rig.Until(t, "the audit line of the refusal", func() bool {
		found = look.Texts("SELECT DISTINCT reason FROM audit WHERE outcome = 'refused'")
		return len(found) > 0
	})
	if len(found) != 1 || found[0] != reason {
		t.Errorf("refused for %q, want %q", found, reason)
	}
}

func get200(t *testing.T, address string) []byte {
	t.Helper()
	data, err := get(address)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The whole way: request by redirect, the provider's own login, its signed answer, the
// first entry with what the provider did not tell, and a second login that finds the
// account again.
func TestAPersonEntersByTheDoorOfCIE(t *testing.T) {
	p := newProvider(t, fiscalCode)
	d := house(t, p, "[[gateway.cie.providers]]")
	p.trust(get200(t, d.Gateway()+"/cie/metadata"))
	start := d.Gateway() + "/cie/login?idp=" + url.QueryEscape(p.url+"idp")

	b := webtest.New(t)
	b.AutoPost = true
	page := signIn(b, start).Expect(http.StatusOK, "Stai entrando come Gisella Finti", "Sei tu?", fiscalCode, "Gestore di terzi")
	page = b.Submit(page.FormWith("email"), "email", "gisella@casa.example.org", "notice", "on").Expect(http.StatusOK, "Abbiamo mandato un codice")
	page = b.Submit(page.FormWith("code"), "code", mailed(t, d)).Expect(http.StatusOK, "Il tuo account è pronto")
	page = b.Follow(page, "Continua").Expect(http.StatusOK, "Scegli una password")
	const chosen = "quattro rane in uno stagno"
	code := b.Submit(page.FormWith("again"), "password", chosen, "again", chosen).Expect(http.StatusOK, "gisella@casa.example.org", "Gisella", "Finti").Text("#codice-persona")

	other := webtest.New(t)
	other.AutoPost = true
	again := signIn(other, start).Expect(http.StatusOK, "gisella@casa.example.org")
	if got := again.Text("#codice-persona"); code == "" || got != code {
		t.Errorf("the second login leads to the account %q, the first made %q", got, code)
	}
}

// mailed waits for the code of the confirmation.
func mailed(t *testing.T, d *rig.Demo) (code string) {
	t.Helper()
	rig.Until(t, "the mail with the code", func() bool {
		for _, m := range d.Inbox() {
			if code = sixDigits.FindString(m.Text); code != "" {
				return true
			}
		}
		return false
	})
	return code
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)
