package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// write renders the table as Markdown.
func write(w io.Writer, f figures, count int, before, after string) {
	fmt.Fprintf(w, "Measured %s on %s, %d processors, %s, by `make bench`; medians of %d (of the whole program: 3).\n",
		time.Now().UTC().Format("2006-01-02 15:04 UTC"), processorName(), runtime.NumCPU(), runtime.Version(), count)
	fmt.Fprintf(w, "Load average before %s, after %s", before, after)
	if busy(before) || busy(after) {
		fmt.Fprint(w, ": **the machine was busy with other work, so times are too high**; counts hold, ratios roughly")
	}
	fmt.Fprint(w, ".\n\n| what | measured | target | |\n|---|---|---|---|\n")
	for _, r := range rows() {
		m := &reading{figures: f}
		text, met := r.figure(m)
		verdict := "met"
		switch {
		case m.missing:
			text, verdict = "not measured", "–"
		case r.target == "–":
			verdict = ""
		case !met:
			verdict = "**not met**"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", r.what, text, r.target, verdict)
	}
}

// load is the load average of the last minutes: other work makes times noisy.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// busy tells that more than the benchmark itself was running in the last minutes.
func busy(load string) bool {
	var one, five, fifteen float64
	_, err := fmt.Sscan(load, &one, &five, &fifteen)
	return err == nil && five > float64(runtime.NumCPU())
}

func processorName() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
