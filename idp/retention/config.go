package retention

import (
	"cmp"
	"fmt"
)

// Config is the section [idp.retention] of the configuration.
type Config struct {
	// ArchiveDays is how long after the decision operators can still look at evidence:
	// second looks, complaints; 30 when 0. Then two persons open it with the keys of the
	// archive.
	ArchiveDays int `toml:"archive_days"`
	// UnfinishedDays is how long requests are kept that were withdrawn or that nobody
	// carried on; 30 when 0. The figures of a week are made of them when it is over.
	UnfinishedDays int `toml:"unfinished_days"`
	// RejectedMonths is how long rejected requests are kept, FraudMonths how long the little
	// that stays of those rejected as fraud; 12 when 0.
	RejectedMonths int `toml:"rejected_months"`
	FraudMonths    int `toml:"fraud_months"`
}

// WithDefaults fills in what was left out.
func (c Config) WithDefaults() Config {
	c.ArchiveDays, c.UnfinishedDays = cmp.Or(c.ArchiveDays, 30), cmp.Or(c.UnfinishedDays, 30)
	c.RejectedMonths, c.FraudMonths = cmp.Or(c.RejectedMonths, 12), cmp.Or(c.FraudMonths, 12)
	return c
}

// Validate finds what is wrong. A second look is drawn within a week of the decision and has
// to find something; the statistics of a week are written in the week after it.
func (c Config) Validate() (faults []error) {
	c = c.WithDefaults()
	for _, one := range []struct {
		key            string
		n, least, most int
	}{
		{"archive_days", c.ArchiveDays, 14, 365}, {"unfinished_days", c.UnfinishedDays, 14, 365},
		{"rejected_months", c.RejectedMonths, 1, 120}, {"fraud_months", c.FraudMonths, 1, 120},
	} {
		if one.n < one.least || one.n > one.most {
			faults = append(faults, fmt.Errorf("idp.retention.%s: must be from %d to %d", one.key, one.least, one.most))
		}
	}
	return faults
}
