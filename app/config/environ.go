package config

import (
	"encoding"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// envPrefix begins the name of every variable that is read.
const envPrefix = "ATRIO_"

// reserved are the beginnings of variables that are no settings: the name of
// the configuration file, and what the tools of this tree tell their tests.
var reserved = []string{"ATRIO_CONFIG", "ATRIO_TEST", "ATRIO_CHECK", "ATRIO_BIN", "ATRIO_SOAK", "ATRIO_BENCH"}

// EnvName is the environment variable of a setting: gateway.base_url is
// ATRIO_GATEWAY_BASE_URL.
func EnvName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// applyEnvironment sets what the environment names. A variable with the prefix
// that is no setting is a problem: a misspelt override must not be ignored.
func applyEnvironment(f *File, environ []string) []error {
	byName := map[string]leaf{}
	for _, l := range leaves(reflect.TypeFor[File]()) {
		byName[EnvName(l.key)] = l
	}
	var problems []error
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		isReserved := slices.ContainsFunc(reserved, func(r string) bool { return strings.HasPrefix(name, r) })
		if !strings.HasPrefix(name, envPrefix) || isReserved {
			continue
		}
		l, known := byName[name]
		if !known {
			if base, isFile := strings.CutSuffix(name, "_FILE"); isFile {
				if l, known = byName[base]; known {
					data, err := readFile(value)
					if err != nil {
						problems = append(problems, Problem{Where: name, Key: l.key, What: err.Error()})
						continue
					}
					value = strings.TrimRight(string(data), "\r\n")
				}
			}
		}
		if !known {
			problems = append(problems, Problem{Where: name, What: "unknown setting", Hint: "variables with the prefix " + envPrefix + " name settings"})
			continue
		}
		if err := assign(reflect.ValueOf(f).Elem(), l, value); err != nil {
			problems = append(problems, Problem{Where: name, Key: l.key, What: err.Error()})
		}
	}
	return problems
}

// assign sets one leaf from text, making the tables on the way.
func assign(v reflect.Value, l leaf, text string) error {
	for _, i := range l.path {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("write true or false, not %q", text)
		}
		v.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(n)
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.String {
			return fmt.Errorf("lists of tables can be set in the file only")
		}
		list := reflect.MakeSlice(v.Type(), 0, 4)
		for _, item := range strings.Split(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = reflect.Append(list, reflect.ValueOf(item).Convert(v.Type().Elem()))
			}
		}
		v.Set(list)
	default:
		return fmt.Errorf("cannot be set by the environment, use the file")
	}
	return nil
}

// Environ is os.Environ, named here so that commands need not import os.
func Environ() []string { return os.Environ() }
