package rig

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"text/template"

	"atrio/gateway/services"
)

// Client is a service that the nodes know beside the portal: its secrets are the
// test's, so that the test can speak for it.
type Client struct{ ID, Secret, RedirectURI string }

// Node is one process of `atrio serve gateway`.
type Node struct {
	// Transport leads every request to this node, whatever its address says.
	Transport *http.Transport

	t          testing.TB
	binary     Binary
	dir        string
	config     string
	listen     string
	operations string
	process    *Process
	served     atomic.Int64
}

//go:embed gateway.toml
var gatewayTOML string

// nodeConfig fills gateway.toml.
type nodeConfig struct {
	Front, Portal, Listen, Operations, Database, Keys, Provider string
	PortalSecret                                                string
	Client                                                      Client
	ClientSecret                                                string
}

// AddNode starts a gateway node on the database of the demonstration, with a copy
// of its keys, behind the front. The demonstration was started with this front.
func (d *Demo) AddNode(f *Front, c Client) *Node {
	d.t.Helper()
	dir := d.t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "keys"), os.DirFS(filepath.Join(d.Dir, "keys-gateway"))); err != nil {
		d.t.Fatal(err)
	}
	onlyForTheOwner(d.t, dir)
	secret, err := os.ReadFile(filepath.Join(d.Dir, "portal-secret"))
	if err != nil {
		d.t.Fatal(err)
	}
	for range 5 {
		n := &Node{t: d.t, binary: d.Binary, dir: dir, config: filepath.Join(dir, "atrio.toml")}
		n.listen, n.operations = fmt.Sprintf("127.0.0.1:%d", freePort(d.t)), fmt.Sprintf("127.0.0.1:%d", freePort(d.t))
		n.write(nodeConfig{
			Front: f.URL, Portal: d.Portal(), Listen: n.listen, Operations: n.operations, Database: d.Databases["gateway"],
			Keys: filepath.Join(dir, "keys"), Provider: d.providerMetadata(), PortalSecret: services.HashSecret(string(secret)),
			Client: c, ClientSecret: services.HashSecret(c.Secret),
		})
		if n.up() {
			n.Transport = to(n.listen)
			d.t.Cleanup(n.Transport.CloseIdleConnections)
			f.nodes = append(f.nodes, n)
			return n
		}
	}
	d.t.Fatal("no ports for a node")
	return nil
}

func (n *Node) write(c nodeConfig) {
	n.t.Helper()
	var b bytes.Buffer
	if err := template.Must(template.New("gateway").Parse(gatewayTOML)).Execute(&b, c); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(n.config, b.Bytes(), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// up starts the node; false when its port is taken.
func (n *Node) up() bool {
	n.t.Helper()
	n.process = n.binary.start(n.t, "serve", "gateway", "--config", n.config)
	return n.process.waitFor(n.t, "a gateway node", func() bool { return answers("http://" + n.listen + "/readyz") })
}

// Kill ends the node at once.
func (n *Node) Kill() { n.process.Kill() }

// Restart starts the node again.
func (n *Node) Restart() {
	n.t.Helper()
	n.process.Kill()
	n.Transport.CloseIdleConnections()
	if !n.up() {
		n.t.Fatalf("the port %s was taken", n.listen)
	}
}

// Log is what the node logged so far.
func (n *Node) Log() string { return n.process.out.String() }

// to is a transport that leads everywhere to one listener.
func to(address string) *http.Transport {
	dialer := new(net.Dialer)
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
		MaxIdleConnsPerHost: 64,
	}
}

// behind are the settings of a demonstration whose people reach the gateway by a
// front: its own gateway listens but nobody asks it anything, its jobs run on the
// shared database, and its mail arrives in the inbox.
func behind(front string) string {
	return fmt.Sprintf(`
[gateway]
base_url = "%[1]s"
[portal.login]
issuer = "%[1]s"
`, front)
}

//go:embed idp.toml
var idpTOML string

// providerMetadata is what `atrio metadata idp` prints about the demonstration's
// identity provider, in a file.
func (d *Demo) providerMetadata() string {
	d.t.Helper()
	path := filepath.Join(d.Dir, "idp-metadata.xml")
	config := filepath.Join(d.Dir, "idp.toml")
	text := strings.NewReplacer("{base_url}", d.IdP(), "{listen}", d.Listen(1)).Replace(idpTOML)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	document, err := d.Binary.Run(d.t, "metadata", "idp", "--config", filepath.Join(d.Dir, databasesFile)+","+config)
	if err != nil {
		d.t.Fatalf("atrio metadata idp: %v\n%s", err, document)
	}
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path
}
