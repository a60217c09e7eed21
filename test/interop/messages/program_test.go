package messages_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"atrio/app"
)

// asProgram makes the binary of this test behave as atrio itself.
const asProgram = "MESSAGES_TEST_IS_ATRIO"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(app.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// program is a running demonstration that also trusts a service and a provider of ours.
type program struct {
	t    *testing.T
	base int
	// service is the strange service known to the identity provider, signer its key.
	service *service
}

// starts is how often other ports are tried: between looking and starting somebody may
// take one.
const starts = 5

func startProgram(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, service: newService(t)}
	dir := t.TempDir()
	overrides := p.overrides(dir)
	var said string
	for range starts {
		p.base = freeBase(t)
		ready, out := p.start(filepath.Join(dir, fmt.Sprint("demo-", p.base)), overrides)
		if ready {
			return p
		}
		said = out
	}
	t.Fatalf("the demonstration does not start:\n%s", said)
	return nil
}

// overrides writes the configuration: whom to trust.
func (p *program) overrides(dir string) string {
	p.t.Helper()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			p.t.Fatal(err)
		}
		return path
	}
	service, provider := file("service.xml", p.service.metadata(p.t)), file("provider.xml", postOnlyProvider(signer(p.t)))
	return file("overrides.toml", fmt.Appendf(nil, "[[gateway.spid.providers]]\nmetadata_file = %q\n[idp]\nservices = [%q]\n", provider, service))
}

func (p *program) start(dir, overrides string) (ready bool, output string) {
	p.t.Helper()
	ctx, end := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, os.Args[0], "demo", "--dir", dir, "--port-base", fmt.Sprint(p.base), "--config", overrides)
	cmd.Env = append(withoutSettings(os.Environ()), asProgram+"=1")
	out := &voice{ready: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Start(); err != nil {
		end()
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // its output tells why it ended
		close(ended)
	}()
	select {
	case <-out.ready:
		p.t.Cleanup(func() { end(); <-ended })
		return true, ""
	case <-ended:
		end()
		return false, out.String()
	}
}

// withoutSettings leaves out what the program would take for its configuration.
func withoutSettings(environ []string) []string {
	var out []string
	for _, e := range environ {
		if !strings.HasPrefix(e, "ATRIO_") {
			out = append(out, e)
		}
	}
	return out
}

// voice keeps what the program says and notices when it is ready.
type voice struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ready chan struct{}
	told  bool
}

func (o *voice) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(b)
	if !o.told && bytes.Contains(o.text.Bytes(), []byte("\nready\n")) {
		o.told = true
		close(o.ready)
	}
	return len(b), nil
}

func (o *voice) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// freeBase finds a place for all listeners, below the ports of outgoing connections.
func freeBase(t *testing.T) int {
	t.Helper()
	first := 11000 + 10*(os.Getpid()%1900)
	for i := range 1900 {
		base := 11000 + (first-11000+10*i)%19000
		if free(base) && free(base+1) && free(base+2) && free(base+3) && free(base+9) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func free(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// address of the listener that many ports above the gateway: 1 is the identity provider,
// 3 the desk.
func (p *program) address(offset int) string {
	return fmt.Sprintf("http://localhost:%d", p.base+offset)
}

// advance moves the clock of the demonstration and gives its present.
func (p *program) advance(by string) time.Time {
	p.t.Helper()
	res, err := http.Post(p.address(3)+"/clock", "application/json", strings.NewReader(`{"advance":"`+by+`"}`))
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var told struct {
		Now time.Time `json:"now"`
	}
	if err := json.NewDecoder(res.Body).Decode(&told); err != nil || told.Now.IsZero() {
		p.t.Fatalf("the desk answers %s: %v", res.Status, err)
	}
	return told.Now
}

// person is somebody of the demonstration.
type person struct {
	Role, Name, Login, Password string
	TOTPSecret                  string `json:"totp_secret"`
}

// people are those of the identity provider, by given name.
func (p *program) people() map[string]person {
	p.t.Helper()
	res, err := http.Get(p.address(3) + "/people.json")
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var list []person
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		p.t.Fatal(err)
	}
	out := map[string]person{}
	for _, one := range list {
		if given, _, _ := strings.Cut(one.Name, " "); one.Role == "idp" {
			out[given] = one
		}
	}
	return out
}
