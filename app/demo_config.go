package app

import (
	"errors"
	"path/filepath"

	"atrio/app/config"
	"atrio/app/demo"
	"atrio/app/demo/eidasnode"
	"atrio/app/demo/shop"
	"atrio/base/setting"
	"atrio/gateway"
	"atrio/gateway/services"
	"atrio/idp"
	"atrio/idp/enrolment/apply"
	"atrio/people/person"
	"atrio/portal"
	"atrio/portal/login"
)

// config is the configuration of the demonstration with the overrides on top.
// Lists of trust (providers, services, service metadata) are added to, all
// other settings replaced.
func (d *demonstration) config() (*config.File, error) {
	secret, err := d.secret("portal-secret")
	if err != nil {
		return nil, err
	}
	f := d.defaults(secret)
	if f.IdP.Evidence, err = d.evidence(); err != nil {
		return nil, err
	}
	ofShop, err := d.secret("shop-secret")
	if err != nil {
		return nil, err
	}
	if f.IdP.Signature, err = d.signer.Publish(d.absolute()); err != nil {
		return nil, err
	}
	if f.IdP.CNS, err = d.cards.Publish(d.absolute(), d.addresses.Listen(demo.CardsOffset), d.addresses.Cards()); err != nil {
		return nil, err
	}
	if err := d.publicOffice(f.IdP); err != nil {
		return nil, err
	}
	papers := filepath.Join(d.absolute(), "csca")
	if d.country, err = demo.NewCountry(papers, d.clock.Now()); err != nil {
		return nil, err
	}
	f.IdP.Chip = d.addresses.ChipConfig(papers)
	f.IdP.Enrolment = apply.Config{SupportMail: "aiuto@example.org", Methods: demo.Methods(), Shop: apply.ShopConfig{
		URL: d.addresses.Desk() + shop.Path, Name: "Negozio di Prova", Secret: setting.Secret(ofShop),
	}}
	own := struct {
		services         []services.Service
		spid, cie, eidas []gateway.SPIDProviderConfig
		metadata         []string
	}{f.Gateway.Services, f.Gateway.SPID.Providers, f.Gateway.CIE.Providers, f.Gateway.EIDAS.Providers, f.IdP.Services}
	f.Gateway.Services, f.Gateway.SPID.Providers, f.IdP.Services = nil, nil, nil
	f.Gateway.CIE.Providers, f.Gateway.EIDAS.Providers = nil, nil
	if err := f.Over(d.command.Config, config.Environ()); err != nil {
		return nil, err
	}
	if f.Gateway == nil || f.IdP == nil || f.Portal == nil {
		return nil, errors.New("the demonstration needs all three roles")
	}
	f.Gateway.Services = append(own.services, f.Gateway.Services...)
	f.Gateway.SPID.Providers = append(own.spid, f.Gateway.SPID.Providers...)
	// Of CIE and eIDAS the first one is asked: somebody else's before the simulator.
	f.Gateway.CIE.Providers = append(f.Gateway.CIE.Providers, own.cie...)
	f.Gateway.EIDAS.Providers = append(f.Gateway.EIDAS.Providers, own.eidas...)
	f.IdP.Services = append(own.metadata, f.IdP.Services...)
	return f, f.Validate()
}

// publicOffice adds the municipality whose desk seals tokens, and whose seal is believed.
func (d *demonstration) publicOffice(c *config.IdP) error {
	believed, circuit, err := d.hall.Publish(d.absolute())
	c.RAO, c.Circuits = believed, append(c.Circuits, circuit)
	return err
}

// role is what a role of the demonstration has of its own.
func (d *demonstration) role(name string, offset int, service config.Text) config.Role {
	return config.Role{
		Listen:   d.addresses.Listen(offset),
		Database: setting.Secret("sqlite://" + filepath.ToSlash(filepath.Join(d.absolute(), name+".db"))),
		Keys:     filepath.Join(d.absolute(), "keys-"+name),
		Theme: config.Theme{
			Institution: config.Text{It: "Ateneo di Prova", En: "Test University"}, Service: service,
		},
	}
}

// footer adds the links of the footer to a role that has such pages.
func footer(r config.Role, privacy, help string) config.Role {
	r.Theme.Privacy, r.Theme.Help = privacy, help
	return r
}

// of gives a role to another organization.
func of(institution config.Text, r config.Role) config.Role {
	r.Theme.Institution = institution
	return r
}

func (d *demonstration) absolute() string {
	dir, err := filepath.Abs(d.command.Dir)
	if err != nil {
		return d.command.Dir
	}
	return dir
}

func (d *demonstration) defaults(portalSecret string) *config.File {
	a := d.addresses
	names := func(name, display string) gateway.NamesConfig {
		return gateway.NamesConfig{Name: name, DisplayName: display, URL: a.Gateway()}
	}
	return &config.File{
		Operations: config.Operations{Listen: a.Listen(9)},
		Gateway: &config.Gateway{
			Role: footer(d.role("gateway", 0, config.Text{It: "Servizi Online", En: "Online Services"}), "/privacy", "/help"), BaseURL: a.Gateway(),
			Config: gateway.Config{
				SupportMail: "assistenza@example.org", OwnMailDomains: []string{"ateneo.example.org"}, Clerks: demo.Clerks(), Decisions: demo.Decisions(),
				SPID: gateway.SPIDConfig{
					Organization: gateway.OrganizationConfig{It: names("Ateneo di Prova", "Ateneo di Prova"), En: names("Test University", "Test University")},
					Contact:      gateway.ContactConfig{IPACode: "prova_at", Email: "spid@example.org", Phone: "+390600000000"},
					Locality:     "Roma",
				},
				CIE: gateway.CIEConfig{Contact: gateway.CIEContactConfig{Municipality: "H501", Province: "RM"},
					Providers: []gateway.SPIDProviderConfig{{MetadataFile: d.simulated("cie")}}},
				EIDAS: gateway.EIDASConfig{Providers: []gateway.SPIDProviderConfig{{MetadataFile: d.simulated("eidas")}}, Countries: eidasnode.CountryCodes()},
			},
			Services: append(d.service.Entries(), d.portalEntry(portalSecret)),
		},
		IdP: &config.IdP{
			// A provider is another organization than the institution.
			Role: footer(of(config.Text{It: "Gestore di Prova", En: "Test Provider"}, d.role("idp", 1, config.Text{It: "Identità di Prova", En: "Test Identity"})), "", "/help"),
			Config: idp.Config{
				BaseURL: a.IdP(), Code: "PROV", DisplayName: "Identità di Prova",
				Organization: "Gestore di Prova", OrganizationURL: a.IdP(), SMSSender: "Identità di Prova",
				Video: demo.Video(a.Listen(10)), Contract: demo.Contract(), Circuits: demo.Circuits(), Points: demo.Points(), Operators: demo.Operators(),
			},
		},
		Portal: &config.Portal{
			Role: footer(d.role("portal", 2, config.Text{It: "Corsi aperti", En: "Open courses"}), "/privacy", "/help"), BaseURL: a.Portal(),
			Config: portal.Config{Login: login.Config{
				Issuer: a.Gateway(), ClientID: portalClient, ClientSecret: setting.Secret(portalSecret),
				Contact: "corsi@example.org",
			}},
		},
	}
}

// portalClient is the portal's name at the gateway.
const portalClient = "portale-corsi"

// portalEntry is the portal in the gateway's register.
func (d *demonstration) portalEntry(secret string) services.Service {
	a := d.addresses
	release := func(attribute, it, en string) services.Release {
		return services.Release{Attribute: attribute, Purpose: services.Text{It: it, En: en}}
	}
	return services.Service{
		ClientID: portalClient, Name: services.Text{It: "Corsi aperti", En: "Open courses"},
		RedirectURIs: []string{a.Portal() + "/login/callback"}, PostLogoutRedirectURIs: []string{a.Portal() + "/login?out"},
		Auth: services.SecretBasic, SecretSHA256: services.HashSecret(secret), Level: person.Level(2), Class: services.Teaching,
		// All of the demonstration is one host: without a sector of its own every
		// service would see the same subject.
		Sector: portalClient,
		Owner:  services.Owner{Unit: "Servizio corsi aperti", Email: "corsi@example.org"},
		Release: []services.Release{
			release(services.Name, "Chiamarti per nome e scriverlo sugli attestati", "Calling you by name and writing it on certificates"),
			release(person.GivenName, "Chiamarti per nome", "Calling you by name"),
			release(person.FamilyName, "Scrivere il cognome sugli attestati", "Writing your family name on certificates"),
			release(person.Email, "Mandarti gli avvisi dei corsi", "Sending you the notices of courses"),
			release(person.BirthDate, "Sapere se hai almeno 14 anni", "Knowing whether you are at least 14"),
		},
	}
}
