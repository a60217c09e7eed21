package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// suite is one `go test -bench` of a package.
type suite struct {
	name, dir, pkg, bench, time string
	// count replaces the number of runs where one run takes long.
	count int
}

// suites in the order in which they run: first what needs the quietest machine.
func suites() []suite {
	return []suite{
		{name: "verification", dir: "test/oracles", pkg: ".", bench: "Verify9KB", time: "1s"},
		{name: "tokens", pkg: "./gateway/oidcop", bench: "Token|Signature|Discovery|KeySet|Authorize", time: "1000x"},
		{name: "documents", pkg: "./bench/login", bench: "Metadata|LoginPage", time: "2000x"},
		{name: "sign-on", pkg: "./bench/login", bench: "SSOHit", time: "1000x"},
		{name: "login", pkg: "./bench/login", bench: "SPIDLogin", time: "300x"},
		{name: "accounts", pkg: "./bench/login", bench: "LoginAmong", time: "500x", count: 1},
		{name: "places", pkg: "./people/places", bench: "Search", time: "1000x"},
		{name: "operators", pkg: "./idp/backoffice/review", bench: "Operators", time: "50x"},
		{name: "passwords", pkg: "./authn/password", bench: "PasswordShare", time: "10x"},
		{name: "program", pkg: "./bench/program", bench: "Start|Commits|Storm", time: "1x", count: 3},
		{name: "video", pkg: "./bench/video", bench: "VideoSession", time: "1x", count: 3},
		{name: "timing", pkg: "./bench/program", bench: "Alike", time: "500x", count: 1},
	}
}

// run gives what was measured, with an error too.
func (s suite) run(count int) ([]byte, error) {
	if s.count > 0 {
		count = min(count, s.count)
	}
	cmd := exec.Command("go", "test", s.pkg, "-run", "^$", "-bench", s.bench, "-benchtime", s.time, //nolint:gosec // our own words
		"-count", strconv.Itoa(count), "-timeout", "60m")
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "GOGC=200") // as the program sets it, see app/collector.go
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("%s: %w\n%s", s.name, err, out.String())
	}
	return out.Bytes(), nil
}

// figures are what the benchmarks reported: name of the benchmark and unit → one
// value for each run.
type figures map[[2]string][]float64

// read takes in the lines of `go test -bench`:
//
//	BenchmarkX/sub-2   1000   2513 ns/op   12 B/op   3 allocs/op
func (f figures) read(text []byte) {
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if i := strings.LastIndex(name, "-"); i > 0 {
			name = name[:i] // the number of processors
		}
		for i := 2; i+1 < len(words); i += 2 {
			if v, err := strconv.ParseFloat(words[i], 64); err == nil {
				f[[2]string{name, words[i+1]}] = append(f[[2]string{name, words[i+1]}], v)
			}
		}
	}
}

// of is the median of a figure; ok is false when it was not measured.
func (f figures) of(name, unit string) (v float64, ok bool) {
	list := slices.Sorted(slices.Values(f[[2]string{name, unit}]))
	if len(list) == 0 {
		return 0, false
	}
	return list[len(list)/2], true
}
