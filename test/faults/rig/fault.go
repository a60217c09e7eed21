package rig

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// Fault kills the program once.
type Fault struct {
	// Step is the name of the step at which it happens.
	Step string
	// Request is -1 to kill before the step begins; otherwise the program dies while
	// the request with this number of the step is under way.
	Request int
	// Delay is the time from the request's departure to the end of the program.
	Delay time.Duration
	// Lost lets the program answer the request first; then it dies, and the answer is lost.
	Lost bool

	Happened bool
}

// FirstVisit are the steps of this person's first visit, in order.
func (c *Citizen) FirstVisit() []string {
	steps := []string{"portal", "gateway", "provider", "password"}
	if c.SMS && c.Person.TOTPSecret != "" {
		steps = append(steps, "by sms", "send")
	}
	return append(steps, "code", "consent", "first entry", "onward", "profile", "terms", "dashboard", "course", "enrol", "account")
}

// writes are the requests of a first visit that change a database, by step and number.
var writes = []Fault{
	{Step: "first entry"}, {Step: "consent", Request: 1}, {Step: "onward", Request: 2}, {Step: "enrol"}, {Step: "terms"},
	{Step: "code"}, {Step: "profile"}, {Step: "consent"}, {Step: "password"}, {Step: "onward", Request: 1},
}

// RandomFault draws the n-th fault of a run. Odd ones strike between two steps, each
// step in turn. Even ones strike while a request is under way: first the requests
// that write in turn, from the twentieth on any.
func (c *Citizen) RandomFault(n int, r *rand.Rand) *Fault {
	steps := c.FirstVisit()
	if n%2 == 1 {
		return &Fault{Step: steps[n/2%len(steps)], Request: -1}
	}
	f := writes[n/2%len(writes)]
	if n/2 >= 2*len(writes) {
		f = Fault{Step: steps[r.IntN(len(steps))], Request: r.IntN(4)}
	}
	f.Delay = time.Duration(r.IntN(1+r.IntN(20_000))) * time.Microsecond // mostly short
	return &f
}

// strike makes the fault happen at the step of this name, or prepares it: end is then
// called after the step. back waits until the program is gone and starts it again.
func (f *Fault) strike(name string, d *Demo, b *Browser, back func()) (end func()) {
	if f == nil || f.Happened || f.Step != name {
		return func() {}
	}
	f.Happened = true
	if f.Request < 0 {
		d.Kill()
		return func() {}
	}
	victim, restarts := d.process, d.Restarts
	var once sync.Once
	kill := func() { once.Do(func() { time.AfterFunc(f.Delay, victim.Kill) }) }
	if f.Lost {
		b.AfterRequest(f.Request, func() { once.Do(victim.Kill) })
	} else {
		b.AtRequest(f.Request, kill)
	}
	return func() {
		// The step may have had fewer requests, or ended before the program did: then
		// the fault strikes between this step and the next.
		kill()
		if d.Restarts == restarts {
			back()
		}
	}
}

// During makes the fault happen in a step that is no request of a browser. part is called
// before each of its parts; the program dies after the part with the number of the fault, or
// at the end, which end is called at.
func (f *Fault) During(name string, d *Demo, back func()) (part, end func()) {
	if f == nil || f.Happened || f.Step != name {
		return func() {}, func() {}
	}
	f.Happened = true
	victim, n := d.process, f.Request
	var once sync.Once
	kill := func() { once.Do(func() { time.AfterFunc(f.Delay, victim.Kill) }) }
	part = func() {
		if n--; n < 0 {
			kill()
		}
	}
	return part, func() {
		kill()
		back()
	}
}

// happened tells whether a program that does not answer is to be expected.
func (f *Fault) happened() bool { return f != nil && f.Happened }

// Walk sends the request of a step and follows it to the next page, through the fault.
func (f *Fault) Walk(t testing.TB, name string, r Request, d *Demo, b *Browser, back func()) *Page {
	t.Helper()
	end := f.strike(name, d, b, back)
	for {
		p, pending, err := b.Go(r)
		if err == nil {
			end()
			return p
		}
		if !f.happened() {
			t.Fatalf("%s: %s %s: %v", name, pending.Method, pending.Address, err)
		}
		back()
		r = pending // the person reloads
	}
}

// back waits until the program is gone and starts it again.
func (c *Citizen) back() {
	c.t.Helper()
	Again(c.t, c.Demo)
	c.codes.lost = true
	if c.AfterRestart != nil {
		c.AfterRestart()
	}
}

// Again waits until the program is gone and starts it again.
func Again(t testing.TB, d *Demo) {
	t.Helper()
	Until(t, "the end of the killed program", func() bool { return !d.Alive() })
	d.Restart()
}
