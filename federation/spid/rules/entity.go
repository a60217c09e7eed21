package rules

import (
	"slices"
	"strings"

	"atrio/saml/xmlsec"
)

// Order of the schema (SAML-metadata 2.3.2, 2.4.2, 2.4.4). Elements of the two namespaces
// that are not listed do not belong there.
var (
	entityOrder  = []string{"Signature", "Extensions", "SPSSODescriptor", "Organization", "ContactPerson"}
	serviceOrder = []string{"Extensions", "KeyDescriptor", "Organization", "ContactPerson", "ArtifactResolutionService", "SingleLogoutService",
		"ManageNameIDService", "NameIDFormat", "AssertionConsumerService", "AttributeConsumingService"}
)

func entityRules() []Rule {
	return []Rule{
		{ID: "entity-id", Clause: "SAML-metadata 2.3.2", Severity: Error,
			Title: "entityID is there and has at most 1024 characters", Advice: "name the service by an address of yours that will never change",
			check: func(s *subject) {
				id := s.report.EntityID
				s.want(id != "" && len(id) <= 1024 && strings.TrimSpace(id) == id, "@entityID", "%q", id)
			}},
		{ID: "entity-id-address", Clause: "SPID-RT metadata", Severity: Error,
			Title: "entityID is an https address without a port", Advice: "write it like https://login.example.it",
			check: func(s *subject) {
				if s.report.EntityID != "" {
					wrong := s.address(s.report.EntityID)
					s.want(wrong == "", "@entityID", "%s", wrong)
				}
			}},
		{ID: "entity-id-query", Clause: "Avviso SPID 19", Severity: Error, applies: onlyAggregating,
			Title: "the entityID of an aggregator has no query", Advice: "leave out the question mark and what stands behind it",
			check: func(s *subject) {
				s.want(!strings.Contains(s.report.EntityID, "?"), "@entityID", "%q", s.report.EntityID)
			}},
		{ID: "entity-id-code", Clause: "Avviso SPID 19", Severity: Error, applies: onlyAggregating,
			Title: "the entityID of an aggregator names its activity, like pub-ag-full", Advice: "put the code of the activity into the path of the entityID",
			check: func(s *subject) {
				s.want(strings.Contains(s.report.EntityID, s.form.code), "@entityID", "%s is not in it", s.form.code)
			}},
		{ID: "one-service", Clause: "SPID-RT metadata", Severity: Error,
			Title: "there is exactly one SPSSODescriptor", Advice: "describe one service per document",
			check: func(s *subject) { s.want(len(s.services) == 1, "", "there are %d", len(s.services)) }},
		{ID: "schema-order", Clause: "SAML-metadata 2.3.2, 2.4.4", Severity: Error,
			Title: "elements stand where the schema has them", Advice: "put the elements into the order of the schema; extensions belong into Extensions",
			check: func(s *subject) {
				s.order(s.root, "", entityOrder)
				s.order(s.service, service, serviceOrder)
			}},
		{ID: "expired", Clause: "SAML-metadata 2.3.2", Severity: Warning,
			Title: "validUntil is left out", Advice: "leave validUntil out: the authority distributes the document and does not fetch it again",
			check: func(s *subject) {
				until, there := s.root.Attr("validUntil")
				s.want(!there, "@validUntil", "%q", until)
			}},
	}
}

// order notes the first child that stands before one that must precede it, and every child
// that does not belong there.
func (s *subject) order(e *xmlsec.Element, path string, names []string) {
	last := 0
	for _, c := range e.Elements() {
		where := strings.TrimPrefix(path+"/"+c.Name.Local, "/")
		i := slices.Index(names, c.Name.Local)
		if c.Name != md(c.Name.Local) && c.Name != ds("Signature") {
			i = -1
		}
		switch {
		case i < 0:
			s.found(where, "does not belong there")
		case i < last:
			s.found(where, "stands behind %s", names[last])
			return
		default:
			last = i
		}
	}
}
