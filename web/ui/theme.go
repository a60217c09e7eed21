package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// Text is a name in both languages; EN may be empty when it is the same.
type Text struct{ IT, EN string }

// In gives the text in a language.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.IT
}

// Theme is the face of an institution: names, logo, colours, texts and the
// links of the footer. It never holds templates, so that an upgrade of Atrio
// cannot break it.
type Theme struct {
	// Institution and Service stand in the header: who runs this, and what it is.
	Institution Text
	Service     Text
	// Home is the institution's own site, linked from the slim header; may be "".
	Home string
	// Logo is an SVG or PNG image, LogoType its media type; nil leaves it out.
	Logo     []byte
	LogoType string
	// Properties are CSS custom properties, for example "--atrio-brand": "#06c".
	Properties map[string]string
	// Texts holds it.json and en.json that replace texts of the same key.
	Texts fs.FS
	// Links of the footer; an empty address leaves the link out.
	Privacy, Accessibility, Help string
}

// Custom properties reach a style sheet as they are, so they must not be able
// to end the declaration or to load anything.
var (
	propertyName  = regexp.MustCompile(`^--[a-z][a-z0-9-]{0,60}$`)
	propertyValue = regexp.MustCompile(`^[#a-zA-Z0-9 .,%()+*/-]{1,120}$`)
)

// brandColours are the properties that stand behind white text.
var brandColours = []string{"--atrio-brand", "--atrio-brand-dark"}

// Validate refuses properties that are more than a value, colours on which
// white text cannot be read (WCAG 2.2 1.4.3) and images of unknown type.
func (t Theme) Validate() error {
	var faults []error
	if t.Institution.IT == "" || t.Service.IT == "" {
		faults = append(faults, errors.New("theme: institution and service need a name"))
	}
	for _, name := range sortedKeys(t.Properties) {
		value := t.Properties[name]
		if !propertyName.MatchString(name) || !propertyValue.MatchString(value) || strings.Contains(strings.ToLower(value), "url(") {
			faults = append(faults, fmt.Errorf("theme: %s: %s is not a custom property with a plain value", name, value))
			continue
		}
		if slices.Contains(brandColours, name) {
			if ratio, err := contrastWithWhite(value); err != nil {
				faults = append(faults, fmt.Errorf("theme: %s: %w", name, err))
			} else if ratio < 4.5 {
				faults = append(faults, fmt.Errorf("theme: %s: %s has contrast %.1f with white text, needs 4.5", name, value, ratio))
			}
		}
	}
	if len(t.Logo) > 0 && t.LogoType != "image/svg+xml" && t.LogoType != "image/png" {
		faults = append(faults, fmt.Errorf("theme: logo of type %q: use SVG or PNG", t.LogoType))
	}
	return errors.Join(faults...)
}

// CSS is the style sheet of the custom properties, nil when there are none.
func (t Theme) CSS() []byte {
	if len(t.Properties) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString(":root{")
	for _, name := range sortedKeys(t.Properties) {
		fmt.Fprintf(&b, "%s:%s;", name, t.Properties[name])
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
