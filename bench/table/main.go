// Command table runs the benchmarks and prints the table of DESIGN section 6:
// each figure beside its target, as the median of several runs.
//
// It owns the list of figures (rows.go) and how they are run (suites.go); the
// benchmarks are beside what they measure, in bench/login and in bench/program.
// tools/bench calls it with a database. A target that is missed fails nothing:
// the table says so, and people decide. Only when times tell known accounts from
// unknown ones the command fails, after the table.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	count := flag.Int("count", 5, "runs that a median is taken of")
	out := flag.String("out", os.Getenv("BENCH_OUT"), "file that gets the table; between the markers when it has them")
	only := flag.String("only", "", "run only suites whose name contains this")
	flag.Parse()
	if err := run(*count, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(count int, out, only string) error {
	before := load()
	f, faults := figures{}, []error{}
	for _, s := range suites() {
		if !strings.Contains(s.name, only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "== %s\n", s.name)
		text, err := s.run(count)
		faults = append(faults, err)
		f.read(text)
	}
	var table bytes.Buffer
	write(&table, f, count, before, load())
	if _, err := os.Stdout.Write(table.Bytes()); err != nil {
		return err
	}
	if out != "" {
		faults = append(faults, save(out, table.String()))
	}
	return errors.Join(faults...)
}

// Markers in a file between which the table is exchanged.
const (
	begin = "<!-- bench:begin, written by make bench -->\n"
	end   = "<!-- bench:end -->\n"
)

// save writes the table to a file, between the markers when it has them.
func save(path, table string) error {
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	head, rest, marked := strings.Cut(string(old), begin)
	_, tail, closed := strings.Cut(rest, end)
	if marked && closed {
		table = head + begin + table + end + tail
	}
	return os.WriteFile(path, []byte(table), 0o644) //nolint:gosec // documentation, for everybody
}
