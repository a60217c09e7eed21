package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

func TestTheExampleIsAValidConfiguration(t *testing.T) {
	f := load(t, string(Example))
	if err := f.Validate(); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(f.Roles()); got != "[gateway idp portal]" {
		t.Errorf("the example configures %s", got)
	}
}

func TestTheExampleIsValidWithEverySettingSwitchedOn(t *testing.T) {
	f := load(t, string(switchedOn(Example)))
	if err := f.Validate(); err != nil {
		t.Error(err)
	}
}

func TestEverySettingStandsInTheExample(t *testing.T) {
	var tree map[string]any
	if err := toml.Unmarshal(switchedOn(Example), &tree); err != nil {
		t.Fatal(err)
	}
	for _, l := range leaves(reflect.TypeFor[File]()) {
		found := find(tree, strings.Split(l.key, "."))
		if len(found) == 0 {
			t.Errorf("%s is not in example.toml", l.key)
			continue
		}
		if element := elementOf(l.typ); element != nil {
			for _, inner := range leaves(element) {
				if len(find(found[0], strings.Split(inner.key, "."))) == 0 {
					t.Errorf("%s[].%s is not in example.toml", l.key, inner.key)
				}
				if deeper := elementOf(inner.typ); deeper != nil {
					for _, key := range leaves(deeper) {
						if len(find(found[0], append(strings.Split(inner.key, "."), strings.Split(key.key, ".")...))) == 0 {
							t.Errorf("%s[].%s[].%s is not in example.toml", l.key, inner.key, key.key)
						}
					}
				}
			}
		}
	}
}

// commentedOut is a setting or table behind a "#"; prose has a blank there.
var commentedOut = regexp.MustCompile(`(?m)^#([^ \n])`)

func switchedOn(text []byte) []byte { return commentedOut.ReplaceAll(text, []byte("$1")) }

// elementOf is the table of which a setting is a list, nil for other settings.
func elementOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Slice && isTable(t.Elem()) {
		return t.Elem()
	}
	return nil
}

// find collects the values at a dotted key, through lists of tables too.
func find(at any, key []string) []any {
	if len(key) == 0 {
		return []any{at}
	}
	switch v := at.(type) {
	case map[string]any:
		if next, ok := v[key[0]]; ok {
			return find(next, key[1:])
		}
	case []any:
		var out []any
		for _, item := range v {
			out = append(out, find(item, key)...)
		}
		return out
	}
	return nil
}

// write puts a configuration file into a directory of the test.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load reads one file that must be right, with an environment.
func load(t *testing.T, text string, environ ...string) *File {
	t.Helper()
	f, err := Load([]string{write(t, "atrio.toml", text)}, environ)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheExampleNamesNoRealPlace(t *testing.T) {
	for _, host := range regexp.MustCompile(`https?://([a-z0-9.-]+)`).FindAllSubmatch(Example, -1) {
		if !bytes.HasSuffix(host[1], []byte(".example.it")) && !bytes.Equal(host[1], []byte("www.spid.gov.it")) {
			t.Errorf("%s is not a name reserved for examples", host[1])
		}
	}
}
