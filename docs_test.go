package atrio_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// read gives the text of each file that git knows or would add, by path.
func read(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"ls-files", "-co", "--exclude-standard", "--"}, patterns...)...).Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	files := map[string]string{}
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSpace(path)
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue // deleted and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		files[path] = string(data)
	}
	if len(files) == 0 {
		t.Fatalf("no file fits %v", patterns)
	}
	return files
}

var (
	testDefined = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	testNamed   = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w{7,}\b`)
	placeNamed  = regexp.MustCompile("`((?:app|gateway|idp|portal|federation|db|saml|people|authn|web|base|assets|test|bench|docs|tools|cmd)/[\\w./-]+)`")
	requirement = regexp.MustCompile(`\b(?:G[1-7]\.[1-9]|I1?[0-9]|P[1-6]|O(?:10|[1-9]))\b`)
)

// A document that names a test or a place which is gone tells auditors a story.
func TestDocumentsNameTestsAndPlacesThatExist(t *testing.T) {
	tests := map[string]bool{}
	for _, text := range read(t, "*_test.go") {
		for _, m := range testDefined.FindAllStringSubmatch(text, -1) {
			tests[m[1]] = true
		}
	}
	for path, text := range read(t, "*.md") {
		for _, name := range testNamed.FindAllString(text, -1) {
			if !tests[name] && name != "TestName" {
				t.Errorf("%s names %s, which no package has", path, name)
			}
		}
		for _, m := range placeNamed.FindAllStringSubmatch(text, -1) {
			if built := strings.HasPrefix(m[1], "assets/dist") || strings.Contains(m[1], "node_modules"); built {
				continue
			}
			if _, err := os.Stat(filepath.FromSlash(m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", path, m[1])
			}
		}
	}
}

// docs/requirements.md is the table for auditors: whatever requirement the code
// says it obeys has its row there, and each row its test.
func TestEveryRequirementThatTheCodeCitesHasARow(t *testing.T) {
	rows := map[string]string{}
	for line := range strings.Lines(read(t, "docs/requirements.md")["docs/requirements.md"]) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		if id := strings.TrimSpace(cells[1]); requirement.MatchString(id) {
			rows[id] += line
		}
	}
	for path, text := range read(t, "*.go", "*.sql") {
		if path == "docs_test.go" || strings.HasSuffix(path, "_test.go") {
			continue
		}
		for line := range strings.Lines(text) {
			_, comment, ok := strings.Cut(line, "//")
			if !ok {
				continue
			}
			for _, id := range requirement.FindAllString(comment, -1) {
				if rows[id] == "" && !strings.Contains(comment, "FR ") {
					t.Errorf("%s cites %s, which has no row in docs/requirements.md", path, id)
				}
			}
		}
	}
	ids := make([]string, 0, len(rows))
	for id, row := range rows {
		ids = append(ids, id)
		if !testNamed.MatchString(row) && !strings.Contains(row, "later") {
			t.Errorf("%s has no test", id)
		}
	}
	slices.Sort(ids)
	if len(ids) < 20 {
		t.Errorf("only %v", ids)
	}
}
