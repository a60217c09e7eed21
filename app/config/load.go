package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile bounds the configuration file, in bytes.
const maxFile = 1 << 20

// Problem is one mistake in the configuration, told so that it can be mended.
type Problem struct {
	// Where is "atrio.toml:12" or the name of an environment variable.
	Where string
	// Key is the dotted name of the setting, if one is concerned.
	Key string
	// What says what is wrong; Hint, if any, what to do.
	What, Hint string
}

// Error is the problem on one line.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Where)
	if p.Key != "" {
		b.WriteString(": " + p.Key)
	}
	b.WriteString(": " + p.What)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Load reads files in order, each over the one before, then the environment
// ("ATRIO_GATEWAY_BASE_URL" for gateway.base_url; "…_FILE" reads the value from
// a file, for secrets). Unknown keys are errors with line and suggestion. All
// problems found are returned together, joined.
func Load(paths []string, environ []string) (*File, error) {
	f := new(File)
	return f, f.Over(paths, environ)
}

// Over reads files and the environment over the settings that f has already.
func (f *File) Over(paths, environ []string) error {
	var problems []error
	for _, path := range paths {
		data, err := readFile(path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		problems = append(problems, decode(path, data, f)...)
	}
	return errors.Join(append(problems, applyEnvironment(f, environ)...)...)
}

// decode reads one document over f.
func decode(path string, data []byte, f *File) []error {
	d := toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields()
	err := d.Decode(f)
	var strict *toml.StrictMissingError
	var syntax *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &strict):
		var out []error
		for _, e := range strict.Errors {
			row, _ := e.Position()
			key := strings.Join(e.Key(), ".")
			out = append(out, Problem{Where: fmt.Sprintf("%s:%d", path, row), Key: key, What: "unknown setting", Hint: suggest(key)})
		}
		return out
	case errors.As(err, &syntax):
		row, _ := syntax.Position()
		return []error{Problem{Where: fmt.Sprintf("%s:%d", path, row), Key: strings.Join(syntax.Key(), "."), What: strings.TrimPrefix(syntax.Error(), "toml: ")}}
	}
	return []error{Problem{Where: path, What: err.Error()}}
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, Problem{Where: path, What: "cannot be read: " + reason(err), Hint: "see atrio check --example for a complete file"}
	case info.Size() > maxFile:
		return nil, Problem{Where: path, What: fmt.Sprintf("is larger than %d bytes", maxFile)}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, Problem{Where: path, What: "cannot be read: " + reason(err)}
	}
	return data, nil
}

// reason is an error without the path that Problem already names.
func reason(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
