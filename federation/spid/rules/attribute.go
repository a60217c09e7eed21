package rules

import (
	"slices"
	"strconv"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

// Reserved indexes: the signature of documents by SPID (art. 20 CAD), and the two sets
// of eIDAS. // Avviso eIDAS 01-2018
const (
	setSignature    = 77
	setEIDASMinimum = 99
	setEIDASFull    = 100
)

// eidasSets are the attributes of the reserved sets.
var eidasSets = map[int][]string{
	setEIDASMinimum: {"spidCode", "name", "familyName", "dateOfBirth"},
	setEIDASFull:    {"spidCode", "name", "familyName", "dateOfBirth", "placeOfBirth", "address", "gender"},
}

func attributeRules() []Rule {
	set := service + "/AttributeConsumingService"
	return []Rule{
		{ID: "set", Clause: "SPID-RT metadata", Severity: Error,
			Title: "there is an AttributeConsumingService", Advice: "say which attributes the service asks for",
			check: func(s *subject) { s.want(len(s.sets()) > 0, set, "there is none") }},
		{ID: "set-index", Clause: "SAML-metadata 2.4.4.1", Severity: Error,
			Title: "each AttributeConsumingService has an index of its own", Advice: "number them; 77, 99 and 100 are reserved",
			check: func(s *subject) { s.indexes(s.sets(), set) }},
		{ID: "set-name", Clause: "SAML-metadata 2.4.4.1; CIE-SAML metadata", Severity: Error,
			Title: "each AttributeConsumingService has a ServiceName with a language", Advice: "name the service as people know it, with xml:lang",
			check: (*subject).setNames},
		{ID: "set-attributes", Clause: "SPID-RT attributi; CIE-SAML attributi", Severity: Error,
			Title: "each AttributeConsumingService asks for attributes that there are, each once", Advice: "use the names of the table of attributes",
			check: (*subject).setAttributes},
		{ID: "set-format", Clause: "SPID-RT attributi", Severity: Error,
			Title: "a NameFormat, when there is one, is basic or uri", Advice: "write " + saml.AttributeBasic,
			check: func(s *subject) {
				for i, e := range s.sets() {
					for k, a := range e.Named(md("RequestedAttribute")) {
						f := attr(a, "NameFormat")
						ok := f == "" || f == saml.AttributeBasic || f == "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
						s.want(ok, at(at(set, i)+"/RequestedAttribute", k)+"/@NameFormat", "%q", f)
					}
				}
			}},
		{ID: "set-signature", Clause: "AgID, linee guida firma con SPID (art. 20 CAD)", Severity: Error, applies: notCIE,
			Title: "index 77 is the signature of documents and asks for no attribute", Advice: "give another set another index, or leave the attributes out",
			check: func(s *subject) {
				if i, e := s.set(setSignature); e != nil {
					s.want(len(e.Named(md("RequestedAttribute"))) == 0, at(set, i), "it asks for attributes")
				}
			}},
		{ID: "set-eidas", Clause: "Avviso eIDAS 01-2018", Severity: Error, applies: notCIE,
			Title: "indexes 99 and 100 are the two sets of eIDAS", Advice: "give another set another index, or ask for exactly the attributes of eIDAS",
			check: (*subject).eidasAttributes},
		{ID: "set-eidas-there", Clause: "Avviso eIDAS 01-2018", Severity: Error, applies: onlyEIDAS,
			Title: "both sets of eIDAS are there", Advice: "add the sets 99 and 100",
			check: func(s *subject) {
				for _, n := range []int{setEIDASMinimum, setEIDASFull} {
					_, e := s.set(n)
					s.want(e != nil, set, "there is no set %d", n)
				}
			}},
		{ID: "age-limit", Clause: "AgID, linee guida minori", Severity: Error, applies: notCIE,
			Title: "an AgeLimit says MinAge or MaxAge, in years", Advice: "write spid:MinAge and spid:MaxAge as whole years, the smaller one first",
			check: (*subject).ageLimit},
	}
}

func (s *subject) sets() []*xmlsec.Element { return s.service.Named(md("AttributeConsumingService")) }

// set finds a set by its index.
func (s *subject) set(index int) (int, *xmlsec.Element) {
	for i, e := range s.sets() {
		if attr(e, "index") == strconv.Itoa(index) {
			return i, e
		}
	}
	return 0, nil
}

func (s *subject) setNames() {
	for i, e := range s.sets() {
		names := e.Named(md("ServiceName"))
		where := at(service+"/AttributeConsumingService", i) + "/ServiceName"
		s.want(len(names) > 0, where, "there is none")
		for k, n := range names {
			lang, there := n.AttrNS(xmlSpace, "lang")
			// CIE writes an identifier instead of a name with an empty language.
			s.want(text(n) != "" && there && (lang != "" || s.form.cie()), at(where, k), "%q in language %q", text(n), lang)
		}
	}
}

func (s *subject) setAttributes() {
	known := s.form.attributes()
	for i, e := range s.sets() {
		where, list := at(service+"/AttributeConsumingService", i), e.Named(md("RequestedAttribute"))
		if attr(e, "index") != strconv.Itoa(setSignature) {
			s.want(len(list) > 0, where, "it asks for nothing")
		}
		seen := map[string]bool{}
		for k, a := range list {
			name := attr(a, "Name")
			s.want(slices.Contains(known, name), at(where+"/RequestedAttribute", k)+"/@Name", "%q", name)
			s.want(!seen[name], at(where+"/RequestedAttribute", k)+"/@Name", "%s stands there twice", name)
			seen[name] = true
		}
	}
}

// eidasAttributes allows fiscalNumber in both sets, as spid-sp-test does.
func (s *subject) eidasAttributes() {
	for _, index := range []int{setEIDASMinimum, setEIDASFull} {
		i, e := s.set(index)
		if e == nil {
			continue
		}
		where, want := at(service+"/AttributeConsumingService", i), eidasSets[index]
		var names []string
		for _, a := range e.Named(md("RequestedAttribute")) {
			name := attr(a, "Name")
			names = append(names, name)
			s.want(slices.Contains(want, name) || name == "fiscalNumber", where, "%s does not belong there", name)
		}
		for _, name := range want {
			s.want(slices.Contains(names, name), where, "%s is missing", name)
		}
	}
}

func (s *subject) ageLimit() {
	for _, parent := range []*xmlsec.Element{s.root, s.service} {
		for _, limit := range parent.Child(md("Extensions")).Named(spidName("AgeLimit")) {
			ages := map[string]int{}
			for _, c := range limit.Elements() {
				n, err := strconv.Atoi(text(c))
				ok := c.Name == spidName("MinAge") || c.Name == spidName("MaxAge")
				s.want(ok && err == nil && n >= 0 && n <= 120, "Extensions/AgeLimit/"+c.Name.Local, "%q", text(c))
				ages[c.Name.Local] = n
			}
			low, hasLow := ages["MinAge"]
			high, hasHigh := ages["MaxAge"]
			s.want(hasLow || hasHigh, "Extensions/AgeLimit", "it says nothing")
			s.want(!hasLow || !hasHigh || low <= high, "Extensions/AgeLimit", "from %d to %d", low, high)
		}
	}
}

func spidName(local string) xmlsec.Name { return xmlsec.Name{Space: spidSpace, Local: local} }
