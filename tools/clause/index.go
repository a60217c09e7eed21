package clause

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Dir is where the index stands, from the root of the repository.
const Dir = "docs/clauses"

// row is a clause of the index.
type row struct {
	demands  string
	packages map[string]bool
	tests    map[string]bool
}

// Index is what the code cites and what the index says of it.
type Index struct {
	root string
	// cited are the rows as the code demands them, with the sentences of the index.
	cited map[Clause]*row
	// gone are the clauses of the index that no code cites.
	gone   []Clause
	faults []string
	tests  map[string]bool
}

// Read scans the code below root and the index.
func Read(root string) (*Index, error) {
	x := &Index{root: root, cited: map[Clause]*row{}, tests: map[string]bool{}}
	files, err := x.sources()
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		if err := x.scan(path); err != nil {
			return nil, err
		}
	}
	for _, p := range Pages() {
		if err := x.readPage(p); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// sources are the files that git knows or would add.
func (x *Index) sources() ([]string, error) {
	cmd := exec.Command("git", "ls-files", "-co", "--exclude-standard", "--", "*.go", "*.sql")
	cmd.Dir = x.root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var files []string
	for path := range strings.Lines(string(out)) {
		// The tool itself names forms that are none.
		if path = strings.TrimSpace(path); !strings.HasPrefix(path, "tools/") {
			files = append(files, path)
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

func (x *Index) scan(path string) error {
	source, err := os.ReadFile(filepath.Join(x.root, filepath.FromSlash(path)))
	if errors.Is(err, os.ErrNotExist) {
		return nil // deleted and not committed yet
	}
	if err != nil {
		return err
	}
	s := &scanner{path: path}
	if strings.HasSuffix(path, ".sql") {
		s.scanSQL(source)
	} else if err := s.scanGo(source); err != nil {
		return err
	}
	for _, m := range defined.FindAllSubmatch(source, -1) {
		x.tests[string(m[1])] = true
	}
	x.faults = append(x.faults, s.faults...)
	for _, c := range s.cited {
		r := x.cited[c.Clause]
		if r == nil {
			r = &row{packages: map[string]bool{}, tests: map[string]bool{}}
			x.cited[c.Clause] = r
		}
		if c.Test != "" {
			r.tests[c.Test] = true
		} else {
			r.packages[filepath.Dir(c.File)] = true // files change their names too often
		}
	}
	return nil
}

// Check lists everything in which code and index differ.
func (x *Index) Check() []string {
	faults := slices.Clone(x.faults)
	for _, c := range x.gone {
		faults = append(faults, fmt.Sprintf("%s/%s.md has a row for %s, which no code cites; run tools/clauses write", Dir, pageOf(c), c))
	}
	for _, c := range slices.SortedFunc(maps.Keys(x.cited), compare) {
		if r := x.cited[c]; r.demands == "" {
			faults = append(faults, fmt.Sprintf("%s has no row that says what it demands (cited in %s); run tools/clauses write and fill in %s/%s.md",
				c, strings.Join(append(slices.Sorted(maps.Keys(r.packages)), slices.Sorted(maps.Keys(r.tests))...), ", "), Dir, pageOf(c)))
		}
	}
	if len(faults) > 0 {
		return faults
	}
	for path, want := range x.documents() {
		if have, err := os.ReadFile(filepath.Join(x.root, path)); err != nil || !bytes.Equal(have, want) {
			faults = append(faults, fmt.Sprintf("%s is out of date; run tools/clauses write", path))
		}
	}
	slices.Sort(faults)
	return faults
}

// Write brings the index up to date. Rows that nothing cites go; new ones come with an
// empty sentence, which Check does not accept.
func (x *Index) Write() error {
	for path, text := range x.documents() {
		if err := os.WriteFile(filepath.Join(x.root, path), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func pageOf(c Clause) string {
	for _, s := range specs {
		if c.Spec == s.Name || s.Name == "RFC" && strings.HasPrefix(c.Spec, "RFC ") {
			return s.File
		}
	}
	return "other"
}
