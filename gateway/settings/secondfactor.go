package settings

import (
	"fmt"
	"strings"

	"atrio/gateway/secondfactor"
)

// SecondFactorConfig bounds codes by SMS. Zero keeps the default.
type SecondFactorConfig struct {
	// SMSPrefixes are the beginnings of numbers that codes are sent to; default "+393",
	// Italian mobiles. Each further country costs money and draws fraud. // G4.4
	SMSPrefixes []string `toml:"sms_prefixes"`
	// SMSPerAccount is how many codes one account gets in an hour, SMSPerNumber one number
	// in a day, SMSPerAddress one client network in an hour, SMSPerPrefix one beginning of
	// numbers and SMSInAll everybody in ten minutes.
	SMSPerAccount int `toml:"sms_per_account"`
	SMSPerNumber  int `toml:"sms_per_number"`
	SMSPerAddress int `toml:"sms_per_address"`
	SMSPerPrefix  int `toml:"sms_per_prefix"`
	SMSInAll      int `toml:"sms_in_all"`
	// TriesPerDay is how many wrong codes one account may give in a day; default 20.
	TriesPerDay int `toml:"tries_per_day"`
}

// mostTries keeps wrong codes below what may be guessed. SP 800-63B-4 3.2.2
const mostTries = 100

func (c SecondFactorConfig) validate() (faults []error) {
	for _, p := range c.SMSPrefixes {
		if digits, ok := strings.CutPrefix(p, "+"); !ok || digits == "" || len(digits) > 8 || strings.Trim(digits, "0123456789") != "" {
			faults = append(faults, fmt.Errorf("gateway.second_factor: sms_prefixes: %q is not the beginning of a number; write it like +393", p))
		}
	}
	for name, n := range map[string]int{
		"sms_per_account": c.SMSPerAccount, "sms_per_number": c.SMSPerNumber, "sms_per_address": c.SMSPerAddress,
		"sms_per_prefix": c.SMSPerPrefix, "sms_in_all": c.SMSInAll, "tries_per_day": c.TriesPerDay,
	} {
		if n < 0 {
			faults = append(faults, fmt.Errorf("gateway.second_factor: %s must not be negative; leave it out for its default", name))
		}
	}
	if c.TriesPerDay > mostTries {
		faults = append(faults, fmt.Errorf("gateway.second_factor: tries_per_day is %d: write at most %d", c.TriesPerDay, mostTries))
	}
	return faults
}

// Limits are the bounds as the second factors know them.
func (c SecondFactorConfig) Limits() secondfactor.Limits {
	l := secondfactor.DefaultLimits()
	l.SMSAccount, l.SMSNumber, l.SMSAddress = wider(l.SMSAccount, c.SMSPerAccount), wider(l.SMSNumber, c.SMSPerNumber), wider(l.SMSAddress, c.SMSPerAddress)
	l.SMSPrefix, l.SMSAll, l.Account = wider(l.SMSPrefix, c.SMSPerPrefix), wider(l.SMSAll, c.SMSInAll), wider(l.Account, c.TriesPerDay)
	return l
}
