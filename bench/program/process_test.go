package program

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is one running program.
type process struct {
	b   testing.TB
	cmd *exec.Cmd
	// base is the first port of the demonstration.
	base int
	// took is the time from the start to readiness, spent the processor time of it.
	took, spent time.Duration
}

// binary is the program under test: what ATRIO_BIN names, or what `make build` made.
func binary(b testing.TB) string {
	path := os.Getenv("ATRIO_BIN")
	if path == "" {
		path = "../../bin/atrio"
	}
	path, err := filepath.Abs(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		b.Fatalf("no program to measure, run make build first: %v", err)
	}
	return path
}

// demo starts the demonstration in dir and waits until it prints "ready".
func demo(b testing.TB, dir string, more ...string) *process {
	p := &process{b: b, base: freeBase(b)}
	began := time.Now()
	args := append([]string{"demo", "--dir", dir, "--port-base", strconv.Itoa(p.base)}, more...)
	out := p.run(args)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			p.took, p.spent = time.Since(began), p.processor()
			go io.Copy(io.Discard, out) //nolint:errcheck // ends with the process
			return p
		}
	}
	b.Fatal("the demonstration ended before it was ready")
	return nil
}

// serve starts one role and waits until its listener says that it is ready.
func serve(b testing.TB, role, config string, port int) *process {
	p := &process{b: b, base: port}
	began := time.Now()
	p.run([]string{"serve", role, "--config", config})
	address := fmt.Sprintf("http://localhost:%d/readyz", port)
	for ; ; time.Sleep(time.Millisecond) {
		if res, err := http.Get(address); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Since(began) > time.Minute {
			b.Fatal(role + " is not ready after a minute")
		}
	}
	p.took, p.spent = time.Since(began), p.processor()
	return p
}

func (p *process) run(args []string) io.Reader {
	p.cmd = exec.Command(binary(p.b), args...)
	p.cmd.Stderr = os.Stderr
	if args[0] == "serve" {
		p.cmd.Stderr = nil // its log
	}
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.b.Fatal(err)
	}
	p.b.Cleanup(p.stop)
	return out
}

// stop ends the program as an operator does.
func (p *process) stop() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = p.cmd.Wait()
	}
}

// at is an address of the demonstration: 0 gateway, 1 idp, 2 portal, 3 desk, 9 operations.
func (p *process) at(offset int, path string) string {
	return fmt.Sprintf("http://localhost:%d%s", p.base+offset, path)
}

// processor is the time that the program has used so far.
func (p *process) processor() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		p.b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may hold blanks
	f := strings.Fields(rest)
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	if err1 != nil || err2 != nil {
		p.b.Fatal(err1, err2)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100 wherever Linux runs
}

// memory is the anonymous resident memory in MB: what the machine must hold for
// this process alone. The pages of the program file can be dropped and are shared.
func (p *process) memory() float64 { return p.status("RssAnon") }

func (p *process) status(key string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.b.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + key + `:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		p.b.Fatal("no " + key)
	}
	kb, err := strconv.Atoi(string(m[1]))
	if err != nil {
		p.b.Fatal(err)
	}
	return float64(kb) / 1024
}

// metric reads a figure of a role from /metrics.
func (p *process) metric(name, role string) float64 {
	text := p.fetch(p.at(9, "/metrics"))
	m := regexp.MustCompile(`(?m)^` + name + `\{role="` + role + `"\} (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		p.b.Fatalf("no %s of %s", name, role)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		p.b.Fatal(err)
	}
	return v
}

func (p *process) fetch(address string) string {
	res, err := http.Get(address)
	if err != nil {
		p.b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.b.Fatal(address, res.StatusCode, err)
	}
	return string(body)
}

// freeBase finds a port whose neighbours, as the demonstration takes them, are free.
func freeBase(b testing.TB) int {
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		base := l.Addr().(*net.TCPAddr).Port
		l.Close()
		if base < 60000 && allFree(base) {
			return base
		}
	}
	b.Fatal("no free ports")
	return 0
}

func allFree(base int) bool {
	for _, offset := range []int{0, 1, 2, 3, 9, 363} {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+offset))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	return s[len(s)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
