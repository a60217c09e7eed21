package point

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"atrio/base/setting"
	"atrio/idp/proofing/appointment"
)

// CircuitConfig is a partner whose Points identify applicants. REG 7; E28: circuits differ
// in who takes the pictures, in which form comes first, and in how the contract is signed.
type CircuitConfig struct {
	ID   string `toml:"id"`
	Name string `toml:"name"`
	// Note is what an applicant should know before choosing it, in both languages.
	Note Words `toml:"note"`
	// Uploads says who takes the pictures of the documents: "applicant" (when left out), at
	// home, or "operator", at the Point.
	Uploads string `toml:"uploads"`
	// First says which form comes first: "person" (when left out) or "documents".
	First string `toml:"first"`
	// RAO says that it is a public body whose desks seal tokens for every provider, and no
	// partner that applicants here choose. IssuerCode is its code (IPA), SealCertificate and
	// SealKey are files (PEM): the seal's certificate with those that lead to its authority,
	// and its key. // 1.8
	RAO             bool   `toml:"rao"`
	IssuerCode      string `toml:"issuer_code"`
	SealCertificate string `toml:"seal_certificate"`
	SealKey         string `toml:"seal_key"`
}

// DocumentsFirst tells that the documents come before the personal data. // E28
func (c CircuitConfig) DocumentsFirst() bool { return c.First == firstDocuments }

// PointConfig is a place where applicants are identified.
type PointConfig struct {
	ID      string `toml:"id"`
	Circuit string `toml:"circuit"`
	Name    string `toml:"name"`
	// Street, PostalCode and Town say where it is; people search by the last two.
	Street     string `toml:"street"`
	PostalCode string `toml:"postal_code"`
	Town       string `toml:"town"`
	Directions Words  `toml:"directions"`
	Phone      string `toml:"phone"`
	// Hours are the opening times: "mon-fri 09:00-12:30", "tue 14:30-17:00".
	Hours []string `toml:"hours"`
	// Closed are days on which it is closed all the same: "2026-12-24".
	Closed []string `toml:"closed"`
	// Slot is how long an appointment lasts, from "10m" to "2h"; "20m" when left out.
	Slot setting.Duration `toml:"slot"`
	// Networks are the addresses from which its operators work: "192.0.2.0/24". Who works from
	// elsewhere is not stopped, and whoever decides is told. Empty: from everywhere. // A16
	Networks []string `toml:"networks"`
	// Desks is how many applicants are served at once; 1 when 0.
	Desks int `toml:"desks"`
}

// Words are a text in both languages.
type Words struct {
	IT string `toml:"it"`
	EN string `toml:"en"`
}

// In gives the text of a language.
func (w Words) In(lang string) string {
	if lang == "en" && w.EN != "" {
		return w.EN
	}
	return w.IT
}

// issuerForm is that of the codes of public bodies.
var issuerForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// Validate finds everything that is wrong with circuits and Points, by the names of the keys.
func Validate(circuits []CircuitConfig, points []PointConfig) (faults []error) {
	known := map[string]bool{}
	for n, c := range circuits {
		wrong := func(key, why string) { faults = append(faults, fmt.Errorf("circuit[%d].%s: %s", n, key, why)) }
		if !idForm.MatchString(c.ID) || known[c.ID] {
			wrong("id", "must be lower-case letters, digits and hyphens, and each once")
		}
		known[c.ID] = true
		if c.Name == "" {
			wrong("name", "is missing")
		}
		if !slices.Contains([]string{"", uploadsApplicant, uploadsOperator}, c.Uploads) {
			wrong("uploads", `must be "applicant" or "operator"`)
		}
		if !slices.Contains([]string{"", firstPerson, firstDocuments}, c.First) {
			wrong("first", `must be "person" or "documents"`)
		}
		switch {
		case !c.RAO && c.IssuerCode+c.SealCertificate+c.SealKey != "":
			wrong("rao", "must be true where there is a seal (docs/operations/rao.md)")
		case c.RAO && !issuerForm.MatchString(c.IssuerCode):
			wrong("issuer_code", "must be the code of the public body, for example \"c_h501\"")
		case c.RAO && (c.SealCertificate == "" || c.SealKey == ""):
			wrong("seal_certificate, seal_key", "are required: tokens are sealed with them (docs/operations/rao.md)")
		}
	}
	ids := map[string]bool{}
	for n, p := range points {
		wrong := func(key, why string) { faults = append(faults, fmt.Errorf("point[%d].%s: %s", n, key, why)) }
		if !idForm.MatchString(p.ID) || ids[p.ID] {
			wrong("id", "must be lower-case letters, digits and hyphens, and each once")
		}
		ids[p.ID] = true
		if !known[p.Circuit] {
			wrong("circuit", fmt.Sprintf("there is no circuit %q", p.Circuit))
		}
		for key, value := range map[string]string{"name": p.Name, "street": p.Street, "town": p.Town} {
			if value == "" {
				wrong(key, "is missing")
			}
		}
		if _, err := appointment.ReadHours(p.Hours, nil); err != nil {
			wrong("hours", err.Error())
		}
		if _, err := appointment.ReadHours(nil, p.Closed); err != nil {
			wrong("closed", err.Error())
		}
		if _, err := readNetworks(p.Networks); err != nil {
			wrong("networks", err.Error())
		}
		if slot := time.Duration(p.Slot); slot != 0 && (slot < 10*time.Minute || slot > 2*time.Hour) {
			wrong("slot", `must be from "10m" to "2h"`)
		}
		if p.Desks < 0 || p.Desks > 100 {
			wrong("desks", "must be from 1 to 100")
		}
	}
	return faults
}
