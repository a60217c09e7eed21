package rig

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Process is one running program. Its methods may be called from any goroutine.
type Process struct {
	cmd   *exec.Cmd
	out   output
	ended chan struct{}
	err   error // how it ended; read it after ended
}

// start runs the program; the end of the test ends it, whatever happens before.
func (b Binary) start(t testing.TB, args ...string) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(string(b), args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = &p.out, &p.out, environment()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.Kill)
	return p
}

// Run runs a command to its end and gives what it printed.
func (b Binary) Run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(string(b), args...)
	cmd.Env = environment()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return string(out) + errs.String(), err
	}
	return string(out), nil
}

// environment is ours without the settings of the tests: the program takes every
// ATRIO_ variable for a setting of its own.
func environment() []string {
	var out []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "ATRIO_") {
			out = append(out, entry)
		}
	}
	return out
}

// Kill ends the program at once, as a power switch would, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may be gone already
	<-p.ended
}

// Stop asks the program to end and waits until it did.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	Until(t, "the end of the program", func() bool { return !p.Alive() })
	if p.err != nil {
		t.Errorf("the program ended with %v\n%s", p.err, p.out.String())
	}
}

// Alive reports whether the program still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// waitFor waits until the program is as wanted; fails when it ends before, unless
// another program took its port in the meantime: then it reports false.
func (p *Process) waitFor(t testing.TB, what string, yes func() bool) bool {
	t.Helper()
	taken := false
	Until(t, what, func() bool {
		if p.Alive() {
			return yes()
		}
		if taken = strings.Contains(p.out.String(), "cannot listen"); !taken {
			t.Fatalf("the program ended before it was ready: %v\n%s", p.err, p.out.String())
		}
		return true
	})
	return !taken
}

// output keeps what a program prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
