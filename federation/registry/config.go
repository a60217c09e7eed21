package registry

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"atrio/base/setting"
)

// SourceConfig says where descriptions come from: a file, or an address with the
// certificate that signs what is there. It is a table of the configuration.
type SourceConfig struct {
	// MetadataFile is a file with one entity or an aggregate. It is trusted as it is,
	// unless MetadataCertificate is given too.
	MetadataFile string `toml:"metadata_file"`
	// MetadataURL is fetched and must be signed with MetadataCertificate.
	MetadataURL string `toml:"metadata_url"`
	// MetadataCertificate is a PEM file with the certificate of who signs the document;
	// while that key is being replaced, with both the old and the new one.
	MetadataCertificate string `toml:"metadata_certificate"`
	// Refresh is how often the address is asked, unless the document wants it more
	// often (cacheDuration); default 1h. A file is looked at every half minute.
	Refresh setting.Duration `toml:"refresh"`
	// Test marks a source for the acceptance: its providers are offered only while the
	// validator is switched on.
	Test bool `toml:"test"`
}

// Bounds of Refresh.
const (
	usualRefresh   = time.Hour
	soonestRefresh = 5 * time.Minute
	latestRefresh  = 7 * 24 * time.Hour
)

// Validate finds all mistakes at once, each with what to do.
func (c SourceConfig) Validate() []error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if (c.MetadataFile == "") == (c.MetadataURL == "") {
		add("needs either metadata_file or metadata_url")
	}
	if c.MetadataURL != "" {
		u, err := url.Parse(c.MetadataURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "" {
			add("metadata_url: %q is not an address; write it like https://registry.example.it/entities", c.MetadataURL)
		} else if u.Scheme == "http" && !loopback(u.Hostname()) {
			add("metadata_url: %q must be https: without it somebody on the way can hold back the newest document", c.MetadataURL)
		}
		if c.MetadataCertificate == "" {
			add("metadata_url needs metadata_certificate: what comes over the net must be signed")
		}
	}
	if r := c.Refresh.Std(); r != 0 && (r < soonestRefresh || r > latestRefresh) {
		add("refresh is %s: write 5m to 7d", c.Refresh)
	}
	return faults
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// ValidateSources checks a list of sources; none may stand there twice.
func ValidateSources(list []SourceConfig) []error {
	var faults []error
	seen := map[string]bool{}
	for i, c := range list {
		for _, err := range c.Validate() {
			faults = append(faults, fmt.Errorf("[%d]: %w", i, err))
		}
		if name := c.name(); name != "" && seen[name] {
			faults = append(faults, fmt.Errorf("[%d]: %s stands there twice", i, name))
		}
		seen[c.name()] = true
	}
	return faults
}

// name is how a source is called everywhere: its file or its address.
func (c SourceConfig) name() string { return c.MetadataFile + c.MetadataURL }

// Config is what a registry works with.
type Config struct {
	// World names the registry in jobs, rows, metrics and the log: "spid", "cie", "eidas".
	World string
	// Sources in the order in which they may name an entity first.
	Sources []SourceConfig
	// Copies keeps the last good documents; nil keeps none.
	Copies Copies
	// Notes are what the operator says at run time; nil for none.
	Notes Notes
	// Outages are entityIDs with known problems, as configured; notes win over them.
	Outages []string
	// TestProviders are entityIDs that are offered only while the validator is switched
	// on, whatever source describes them.
	TestProviders []string
	// Validator is the switch as configured; a note wins over it.
	Validator bool
	// Now is calendar time.
	Now func() time.Time
	Log *slog.Logger

	// Transport carries the requests; nil is one of our own.
	Transport http.RoundTripper
	// Patience bounds one download; 15 s when zero.
	Patience time.Duration
	// Jitter draws from [0, 1) to spread the requests of several nodes; random when nil.
	Jitter func() float64
}

func (c Config) validate() error {
	if c.World == "" || c.Now == nil || c.Log == nil {
		return fmt.Errorf("registry: World, Now and Log are required")
	}
	if faults := ValidateSources(c.Sources); len(faults) > 0 {
		return fmt.Errorf("registry %s: %w", c.World, faults[0])
	}
	return nil
}
