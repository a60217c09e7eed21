package rig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"atrio/app/demo"
)

// Person finds one of the people of the demonstration by the given name.
func (d *Demo) Person(givenName string) demo.Person {
	d.t.Helper()
	var people []demo.Person
	d.desk("GET", "/people.json", nil, &people)
	for _, p := range people {
		if strings.HasPrefix(p.Name, givenName+" ") {
			return p
		}
	}
	d.t.Fatalf("the demonstration knows nobody called %s", givenName)
	return demo.Person{}
}

// Inbox lists what was sent, newest first. It is lost when the program ends.
func (d *Demo) Inbox() []demo.Item {
	d.t.Helper()
	var items []demo.Item
	d.desk("GET", "/inbox.json", nil, &items)
	return items
}

// Advance moves the clock of the demonstration and runs what is due; the new time.
func (d *Demo) Advance(by string) time.Time {
	d.t.Helper()
	var answer struct{ Now time.Time }
	d.desk("POST", "/clock", []byte(`{"advance":`+strconv.Quote(by)+`}`), &answer)
	return answer.Now
}

func (d *Demo) desk(method, path string, body []byte, into any) {
	d.t.Helper()
	req, err := http.NewRequest(method, d.Desk()+path, bytes.NewReader(body)) //nolint:noctx // our own program
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		d.t.Fatalf("%s %s: status %d, %v\n%s", method, path, res.StatusCode, err, data)
	}
	if err := json.Unmarshal(data, into); err != nil {
		d.t.Fatal(err)
	}
}

// Metric reads a figure of one role from the operations listener.
func (d *Demo) Metric(name, role string) float64 { return metric(d.t, d.Operations(), name, role) }

// metric reads name{role="…"} of an operations listener.
func metric(t testing.TB, operations, name, role string) float64 {
	t.Helper()
	res, err := http.Get(operations + "/metrics") //nolint:noctx // our own program
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	prefix := name + `{role="` + role + `"} `
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, prefix); ok {
			f, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	t.Fatalf("no figure %s", prefix)
	return 0
}

// Resident is the memory of the program in bytes.
func (d *Demo) Resident() int64 {
	d.t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", d.process.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	if err != nil {
		d.t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
