package atrio_test

import (
	"regexp"
	"strings"
	"testing"

	"atrio/saml/samltest"
	corpus "atrio/test/corpus/saml"
)

var quoted = regexp.MustCompile(`«([^»]+)»`)

// docs/attacks.md says to auditors that each attack of its list is tried: each has one
// row, and each row a test or a document that is there.
func TestEveryAttackOfTheListIsTried(t *testing.T) {
	text := read(t, "docs/attacks.md")["docs/attacks.md"]
	_, after, ok := strings.Cut(text, "## The list\n\n```\n")
	fenced, tables, closed := strings.Cut(after, "```\n")
	if !ok || !closed {
		t.Fatal("the list is gone")
	}
	list := strings.Split(strings.TrimSpace(fenced), "\n")
	rows := map[string]string{}
	for line := range strings.Lines(tables) {
		cells := strings.Split(line, " | ")
		id, row := strings.TrimPrefix(cells[0], "| "), strings.HasPrefix(line, "| ") && cells[0] != "| attack"
		if !row {
			continue
		}
		if len(cells) != 4 {
			t.Errorf("%s has %d cells", id, len(cells))
			continue
		}
		if rows[id] != "" {
			t.Errorf("%s has two rows", id)
		}
		rows[id] = line
	}
	for _, id := range list {
		if rows[id] == "" {
			t.Errorf("%s has no row", id)
		}
		delete(rows, id)
	}
	for id := range rows {
		t.Errorf("%s has a row and does not stand in the list", id)
	}
	if len(list) < 50 {
		t.Errorf("only %d attacks", len(list))
	}
	holdRows(t, tables)
}

// holdRows checks what the rows name; that their tests exist is checked for all
// documents in docs_test.go.
func holdRows(t *testing.T, tables string) {
	t.Helper()
	documents := documents(t)
	for line := range strings.Lines(tables) {
		id, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !strings.HasPrefix(line, "| ") || id == "attack" {
			continue
		}
		if !testNamed.MatchString(line) {
			t.Errorf("%s names no test", id)
		}
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if !documents[m[1]] {
				t.Errorf("%s names the document «%s», which is gone", id, m[1])
			}
		}
	}
}

// documents are the names of all that the catalogue and the wrapping attacks hold.
func documents(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	w := corpus.New(t)
	for _, d := range append(w.Matrix(), w.Hostile()...) {
		names[d.Name] = true
		if d.Name != "assertion and response signed" {
			continue
		}
		for _, h := range samltest.Wrap(t, d.Data, func(a string) string { return strings.Replace(a, corpus.Genuine, corpus.Forged, 1) }) {
			names[h.Name] = true
		}
	}
	return names
}
