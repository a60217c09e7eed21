package chip

import (
	"fmt"
	"net/url"
	"time"
)

// Config is the section [idp.chip]. The way is offered when idp.enrolment.methods names it,
// and then everything here but the lists is required.
type Config struct {
	// Countries is a directory with the certificates of countries that are believed (CSCA):
	// *.cer, *.crt, *.der, *.pem.
	Countries string `toml:"countries"`
	// MasterLists are lists of such certificates that a country has signed.
	MasterLists []MasterListConfig `toml:"master_lists"`
	// Revocations is a directory with revocation lists of countries: *.crl. With
	// DemandRevocations a country without a current list is refused.
	Revocations       string `toml:"revocations"`
	DemandRevocations bool   `toml:"demand_revocations"`
	// Act is the decision by which the supervising authority admitted this way for this
	// provider: no rule that is published names it.
	Act ActConfig `toml:"act"`
	// Clients are programs that read for applicants. None is part of this program but
	// `atrio relay`, for computers with a reader.
	Clients []ClientConfig `toml:"clients"`
	// FilmUpload: the film of the face may be a file, for who has no camera that the page may
	// use; true when left out. Decision 0054
	FilmUpload *bool `toml:"film_upload"`
}

// Uploads tells whether the film may be a file.
func (c Config) Uploads() bool { return c.FilmUpload == nil || *c.FilmUpload }

// MasterListConfig is a master list and the certificate of the country that vouches for who
// signed it.
type MasterListConfig struct {
	File    string `toml:"file"`
	Country string `toml:"country"`
}

// ActConfig names a decision.
type ActConfig struct {
	Act  string `toml:"act"`
	Date string `toml:"date"`
}

// ClientConfig is a program that applicants use.
type ClientConfig struct {
	// Name is what people read; URL is where they get it.
	Name string `toml:"name"`
	URL  string `toml:"url"`
}

// Configured tells whether anything stands there.
func (c Config) Configured() bool {
	return c.Countries != "" || len(c.MasterLists) > 0 || c.Revocations != "" || c.Act != (ActConfig{}) || len(c.Clients) > 0 || c.DemandRevocations || c.FilmUpload != nil
}

// Validate finds what is missing or wrong where the way is offered, by the names of the keys.
func (c Config) Validate() (faults []error) {
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("chip."+key+": "+format, args...))
	}
	if c.Countries == "" && len(c.MasterLists) == 0 {
		wrong("countries, master_lists", "one is required: a document is believed because a country signed it")
	}
	for i, l := range c.MasterLists {
		if l.File == "" || l.Country == "" {
			wrong(fmt.Sprintf("master_lists[%d]", i), "file and country are required")
		}
	}
	if c.Act.Act == "" {
		wrong("act.act", "is required: the act by which the authority admitted this way, since the published rules do not name it")
	}
	if _, err := time.Parse(time.DateOnly, c.Act.Date); err != nil {
		wrong("act.date", "must be a day such as \"2026-01-31\"")
	}
	if len(c.Clients) == 0 {
		wrong("clients", "one is required: a page cannot read a chip, people need a program that does")
	}
	for i, one := range c.Clients {
		u, err := url.Parse(one.URL)
		if one.Name == "" || err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			wrong(fmt.Sprintf("clients[%d]", i), "name and an address that begins with https:// are required")
		}
	}
	return faults
}
