// Package evidence plays the official response cases against a running gateway and
// keeps what it sees: what the authorities of SPID and CIE want to look at before they
// accept a service.
//
// It is a browser and a provider in one. It starts a login at the gateway, reads the
// request, answers as the case wants (federation/spid/spidcases), posts the answer and
// writes down the page. It works only where the gateway trusts the provider for tests,
// whose key is in a directory of the operator: a gateway in service does not.
package evidence

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"atrio/federation/spid/spidcases"
	"atrio/federation/spid/spidsaml"
)

// World is the door that is tried.
type World struct {
	// Name is "spid" or "cie"; Title is for people.
	Name, Title string
	// Login is the address that starts at the provider; Metadata that of the service.
	Login    func(entityID string) string
	Metadata string
	Cases    []spidcases.Case
	Person   map[string]string
	// Wanted are the cases whose screens are asked for: they get a screenshot.
	Wanted []string
	// Logout says that the provider may begin the way out; the one of CIE never does.
	Logout bool
}

// SPID is the door of SPID. Its screens are those of the errors of the person.
func SPID() World {
	return World{
		Name: "spid", Title: "SPID", Metadata: "/spid/metadata", Cases: spidcases.SPID(), Person: spidcases.Person(),
		Login:  func(id string) string { return "/spid/login?" + url.Values{"idp": {id}}.Encode() },
		Wanted: []string{"1", "104", "105", "106", "107", "108", "111", "nr30"}, Logout: true,
	}
}

// CIE is the door of CIE. Its portal asks for the screens of the results 1, 21, 22, 25.
func CIE() World {
	return World{
		Name: "cie", Title: "CIE", Metadata: "/cie/metadata", Cases: spidcases.CIE(), Person: spidcases.CIEPerson(),
		Login:  func(id string) string { return "/cie/login?" + url.Values{"idp": {id}}.Encode() },
		Wanted: []string{"nr01", "nr21", "nr22", "nr23", "nr25"},
	}
}

// Plan says what to do.
type Plan struct {
	World World
	// Base is the public address of the gateway.
	Base string
	// Dir is where the evidence goes: a directory that is new, empty, or holds an
	// earlier report.
	Dir      string
	Provider *spidcases.Provider
	// Only leaves out all cases but these; none means all.
	Only []string
	// Screens says of which pages to take a screenshot, Chromium with which program.
	Screens  Screens
	Chromium string
	// Roots are trusted for https besides those of the system; may be nil.
	Roots   *x509.CertPool
	Version string
	// Now is only for the dates of the report: messages carry the gateway's time.
	Now func() time.Time
	// Tell is called after each case.
	Tell func(Result)
}

// ErrNotTrusted says that the gateway does not know the provider for tests.
var ErrNotTrusted = errors.New("the gateway does not trust the provider for tests; print it with --provider-metadata, add it to the providers of a TEST installation (never of the one in service) and switch test providers on: atrio provider validator --on")

// Run plays the cases one after the other and writes the evidence. The error says why
// it could not be finished; cases that went otherwise than expected are in the report.
func Run(ctx context.Context, p Plan) (*Report, error) {
	list, logout, err := p.chosen()
	if err != nil {
		return nil, err
	}
	base, err := origin(p.Base)
	if err != nil {
		return nil, err
	}
	store, err := openStore(p.Dir)
	if err != nil {
		return nil, err
	}
	provider := *p.Provider
	provider.Person = p.World.Person
	r := &run{plan: p, base: base, provider: &provider, store: store}
	report := &Report{
		Tool: "atrio check " + p.World.Name, Version: p.Version, World: p.World.Title, Gateway: p.Base,
		Provider: provider.EntityID, Started: p.Now().UTC(),
	}
	if err := r.meet(ctx, report); err != nil {
		return nil, err
	}
	if err := r.playAll(ctx, report, list, logout); err != nil {
		return nil, err
	}
	if err := r.screenshots(ctx, report); err != nil {
		return nil, err
	}
	report.Finished = p.Now().UTC()
	return report, store.report(report)
}

func (r *run) playAll(ctx context.Context, report *Report, list []spidcases.Case, logout bool) error {
	take := func(id string, result Result, err error) error {
		if err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
		report.add(result)
		if r.plan.Tell != nil {
			r.plan.Tell(result)
		}
		return nil
	}
	for _, c := range list {
		result, err := r.play(ctx, c)
		if err := take(c.ID, result, err); err != nil {
			return err
		}
	}
	if !logout {
		return nil
	}
	result, err := r.logout(ctx)
	return take(LogoutID, result, err)
}

// chosen are the cases to play, in the order of the list, and whether to play the logout.
func (p Plan) chosen() (list []spidcases.Case, logout bool, err error) {
	if len(p.Only) == 0 {
		return p.World.Cases, p.World.Logout, nil
	}
	for _, c := range p.World.Cases {
		if slices.Contains(p.Only, c.ID) {
			list = append(list, c)
		}
	}
	logout = p.World.Logout && slices.Contains(p.Only, LogoutID)
	for _, id := range p.Only {
		if _, ok := spidcases.Find(list, id); !ok && !(logout && id == LogoutID) {
			return nil, false, fmt.Errorf("%s has no case %q", p.World.Title, id)
		}
	}
	return list, logout, nil
}

// origin reads the address of the gateway.
func origin(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || path.Clean("/"+u.Path) != "/" {
		return nil, fmt.Errorf("%q is not the address of a gateway; write it like https://login.example.it", base)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// run is one run.
type run struct {
	plan     Plan
	base     *url.URL
	provider *spidcases.Provider
	service  spidsaml.Service
	store    *store
}

// meet reads the description of the service, as the provider would have got it from
// the federation.
func (r *run) meet(ctx context.Context, report *Report) error {
	answer, err := newBrowser(r).get(ctx, r.plan.World.Metadata)
	if err != nil {
		return err
	}
	if answer.status != 200 {
		return fmt.Errorf("%s%s answers %d: is the door of %s configured?", r.base, r.plan.World.Metadata, answer.status, r.plan.World.Title)
	}
	if r.service, err = spidsaml.ReadService(answer.body, r.plan.Now()); err != nil {
		return fmt.Errorf("the metadata of the gateway: %w", err)
	}
	report.Service = r.service.EntityID
	return r.store.write("metadata.xml", answer.body)
}

// sameOrigin reports whether an address belongs to the gateway.
func (r *run) sameOrigin(address string) bool {
	return strings.HasPrefix(address+"/", r.base.String()+"/")
}
