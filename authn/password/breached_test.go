package password

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func hashOf(password string) string {
	sum := sha1.Sum([]byte(password))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func listFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "breached.txt")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryPasswordOfTheListIsFoundAndNoOther(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 200} {
		for _, ending := range []string{"\n", "\r\n"} {
			for _, count := range []bool{true, false} {
				var lines []string
				for i := range n {
					line := hashOf(fmt.Sprint("rubata ", i))
					if count {
						line += ":" + strings.Repeat("9", 1+i%10)
					}
					lines = append(lines, line)
				}
				slices.Sort(lines)
				for _, end := range []string{ending, ""} { // with and without a last line break
					b, err := OpenBreached(listFile(t, strings.Join(lines, ending)+end))
					if err != nil {
						t.Fatal(err)
					}
					for i := range 2 * n {
						found, err := b.Has(fmt.Sprint("rubata ", i))
						if err != nil || found != (i < n) {
							t.Fatalf("%d lines, password %d: %v %v", n, i, found, err)
						}
					}
					if err := b.Close(); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
}

func TestWhatIsNoListIsRefusedAtTheStart(t *testing.T) {
	a, b := hashOf("a"), hashOf("b")
	first, second := min(a, b), max(a, b)
	for name, content := range map[string]string{
		"empty": "", "words": "password\n", "lower": strings.ToLower(first) + "\n", "short": first[:39] + "\n",
		"long": first + "0\n", "sentence": strings.Repeat("x", 500), "unsorted": strings.Repeat(second+":1\n", 20) + first + ":1\n",
	} {
		if _, err := OpenBreached(listFile(t, content)); err == nil {
			t.Errorf("%s is taken for a list", name)
		}
	}
	if _, err := OpenBreached(t.TempDir()); err == nil {
		t.Error("a directory is taken for a list")
	}
	if _, err := OpenBreached(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing file is taken for a list")
	}
}

func TestAListThatIsBrokenInsideIsAnErrorAndNoClearance(t *testing.T) {
	lines := []string{hashOf("a"), hashOf("b"), hashOf("c")}
	slices.Sort(lines)
	tail := strings.Repeat(lines[2]+"\n", 5)
	b, err := OpenBreached(listFile(t, lines[0]+"\n"+strings.Repeat("broken\n", 100)+tail))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if found, err := b.Has("d"); found || err == nil {
		t.Errorf("%v %v", found, err)
	}
}
