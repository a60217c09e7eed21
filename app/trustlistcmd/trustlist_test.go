package trustlistcmd

import (
	"bytes"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/app/command"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func TestAnOperatorBringsAListAndSeesIt(t *testing.T) {
	a := st.New(now)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	signer := write("signer.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Operator.Certificate.Raw}))
	lists := shelf{Dir: t.TempDir(), Territory: "IT", Signer: []string{signer}}
	var out bytes.Buffer
	s := command.Streams{Out: &out, Err: &out}
	if err := (showCommand{lists}).Run(t.Context(), s); err != nil || out.String() != "no list\n" {
		t.Fatalf("%v %s", err, &out)
	}
	bring := func(l st.List) error {
		out.Reset()
		return importCommand{shelf: lists, File: write("list.xml", a.Write(l)), now: func() time.Time { return now }}.Run(t.Context(), s)
	}
	if err := bring(a.List()); err != nil || !strings.Contains(out.String(), "IT 7 sha256:") || !strings.Contains(out.String(), "withdrawn  none → withdrawn") {
		t.Errorf("%v %s", err, &out)
	}
	older := a.List()
	older.Sequence = 6
	if err := bring(older); !errors.Is(err, trustlist.ErrOlder) || out.Len() > 0 {
		t.Errorf("%v %s", err, &out)
	}
	out.Reset()
	if err := (showCommand{lists}).Run(t.Context(), s); err != nil || !strings.Contains(out.String(), "QC    Fittizia S.p.A.  granted    granted since 2019-11-28") {
		t.Errorf("%v %s", err, &out)
	}
	for name, wrong := range map[string]shelf{
		"nobody signs": {Dir: lists.Dir, Territory: "IT"},
		"no PEM":       {Dir: lists.Dir, Territory: "IT", Root: []string{write("no.pem", []byte("hello"))}},
		"a key":        {Dir: lists.Dir, Territory: "IT", Root: []string{write("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}))}},
	} {
		if err := (showCommand{wrong}).Run(t.Context(), s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
