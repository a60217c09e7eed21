package idp

import (
	"cmp"
	"errors"
	"fmt"

	"atrio/idp/enrolment/contract"
)

// ContractConfig is the section [idp.contract]: what the contract says about the provider
// beside its name, and its terms. // I17
type ContractConfig struct {
	// Address is the seat, on one line; FiscalCode that of the organisation.
	Address    string `toml:"address"`
	FiscalCode string `toml:"fiscal_code"`
	// Mail, CertifiedMail and Phone are where holders are answered; one of them is needed.
	Mail          string `toml:"mail"`
	CertifiedMail string `toml:"certified_mail"`
	Phone         string `toml:"phone"`
	// Notice is the address of the privacy notice, NoticeVersion its version; "1" when left out.
	Notice        string `toml:"notice"`
	NoticeVersion string `toml:"notice_version"`
	// Terms are price and duration; free and without end when left out.
	contract.Terms
}

func (c ContractConfig) notice() string { return cmp.Or(c.NoticeVersion, "1") }

// validate finds what a contract cannot be made without.
func (c ContractConfig) validate() (faults []error) {
	if c.Address == "" {
		faults = append(faults, errors.New("idp.contract.address: is missing: the contract names the seat"))
	}
	if c.Mail == "" && c.CertifiedMail == "" && c.Phone == "" {
		faults = append(faults, errors.New("idp.contract: one of mail, certified_mail and phone is needed: holders are answered there"))
	}
	for key, n := range map[string]int{"price": c.Price, "point_fee": c.PointFee, "years": c.Years} {
		if n < 0 {
			faults = append(faults, fmt.Errorf("idp.contract.%s: must not be negative", key))
		}
	}
	return faults
}

// party is the provider as the contract names it.
func (c Config) party() contract.Provider {
	return contract.Provider{
		Name: c.DisplayName, Organisation: c.Organization, Address: c.Contract.Address, FiscalCode: c.Contract.FiscalCode, Web: c.OrganizationURL,
		Mail: c.Contract.Mail, CertifiedMail: c.Contract.CertifiedMail, Phone: c.Contract.Phone, Notice: c.Contract.Notice,
	}
}
