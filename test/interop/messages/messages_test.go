// Package messages_test lets the whole program run, people sign in to it, and hands every
// message and description that it sends on the way to tools that are not ours: xmllint
// with the schemas of OASIS, xmlsec1 and openssl with the key of whoever sent it.
//
// That each kind of document, made by a function, is sound is shown by test/interop/xsd;
// here nothing is made for the purpose: the recorder keeps what comes over the wire.
package messages_test

import (
	"fmt"
	"slices"
	"testing"
)

// anomalies are all numbers that the identity provider can answer to a service. The
// others are pages for the person (SPID-RT messaggi di errore). Those that are reserved
// (24) or belong to the issuing of identities (26 to 29), and 30, come from the
// simulated eIDAS node, which sends all.
var anomalies = []int{8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30}

// wanted counts the least of each kind that the visits must bring about.
var wanted = map[kind]int{
	descriptionOfService: 2, descriptionOfProvider: 3,
	requestByRedirect: 6 + 30, requestByPost: 1,
	answerOfSuccess: 3 + 5, answerOfFailure: len(anomalies) + 20,
}

func TestEverythingTheProgramSendsStandsBeforeOtherTools(t *testing.T) {
	needTools(t)
	p := startProgram(t)
	rec := &recorder{gateway: p.address(0), provider: p.address(1), desk: p.address(3)}
	visitAll(t, p, rec)
	if t.Failed() {
		return
	}
	found := map[kind]int{}
	var numbers []int
	for _, m := range rec.sent {
		found[m.kind]++
		if n := m.anomaly(); n != 0 {
			numbers = append(numbers, n)
		}
	}
	for k, least := range wanted {
		if found[k] < least {
			t.Errorf("%d of %q, want at least %d", found[k], k, least)
		}
	}
	slices.Sort(numbers)
	if numbers = slices.Compact(numbers); !slices.Equal(numbers, anomalies) {
		t.Errorf("anomalies answered: %v, want %v", numbers, anomalies)
	}
	certificates := map[string]string{}
	for _, m := range rec.sent {
		if m.kind == descriptionOfService || m.kind == descriptionOfProvider {
			certificates[m.from] = certificateOf(t, m.xml)
		}
	}
	for i, m := range rec.sent {
		t.Run(fmt.Sprintf("%02d %s", i, m.name()), func(t *testing.T) { judge(t, m, certificates[m.from]) })
	}
}

// judge shows one document to the tools.
func judge(t *testing.T, m sent, certificate string) {
	if err := validate(t, m.xml); err != nil {
		t.Errorf("%v\n%s", err, m.xml)
	}
	if m.kind == requestByRedirect {
		if err := verifyQuery(t, m.query, certificate); err != nil {
			t.Errorf("%v\n%s", err, m.query)
		}
		return
	}
	for _, path := range m.signatures() {
		if err := verify(t, m.xml, path, certificate); err != nil {
			t.Errorf("%s: %v\n%s", path, err, m.xml)
		}
	}
}
