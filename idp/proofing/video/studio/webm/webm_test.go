package webm_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"atrio/idp/proofing/video/studio/webm"
)

// packet is one as ffprobe reads it.
type packet struct {
	Kind  string `json:"codec_type"`
	At    string `json:"pts_time"`
	Size  string `json:"size"`
	Flags string `json:"flags"`
}

type probed struct {
	Packets []packet
	Streams []struct {
		Codec         string `json:"codec_name"`
		Width, Height int
		Rate          string `json:"sample_rate"`
		Channels      int
	}
	Format struct {
		Tags map[string]string
	}
}

func probe(t *testing.T, content []byte) (p probed) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.webm")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", "-show_packets", file)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	for i := range p.Packets {
		p.Packets[i].Flags = p.Packets[i].Flags[:1] // key frame or not; versions differ in the rest
	}
	return p
}

var begun = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

func header() []byte {
	return webm.Header(webm.Info{Begun: begun, Width: 1280, Height: 720, Channels: 2})
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func TestWhatIsWrittenIsReadByAnother(t *testing.T) {
	file := webm.Clusters(header(), []webm.Block{
		{Track: webm.Video, At: ms(40), Key: true, Data: make([]byte, 200)},
		{Track: webm.Audio, At: ms(20), Key: true, Data: []byte{0xFC, 1, 2}},
		{Track: webm.Video, At: ms(80), Data: bytes.Repeat([]byte{1}, 20_000)},
	})
	file = webm.Clusters(file, []webm.Block{{Track: webm.Video, At: time.Hour, Key: true, Data: make([]byte, 20)}})
	p := probe(t, file)
	if len(p.Streams) != 2 || p.Streams[0].Codec != "vp8" || p.Streams[0].Width != 1280 || p.Streams[0].Height != 720 ||
		p.Streams[1].Codec != "opus" || p.Streams[1].Rate != "48000" || p.Streams[1].Channels != 2 {
		t.Errorf("%+v", p.Streams)
	}
	if got := p.Format.Tags["creation_time"]; got != "2026-03-10T09:30:00.000000Z" {
		t.Errorf("creation time %q", got)
	}
	want := []packet{
		{"audio", "0.020000", "3", "K"}, {"video", "0.040000", "200", "K"}, {"video", "0.080000", "20000", "_"}, {"video", "3600.000000", "20", "K"},
	}
	if !slices.Equal(p.Packets, want) {
		t.Errorf("%+v", p.Packets)
	}
}

func TestTimesFurtherApartThanAClusterHoldsStayRight(t *testing.T) {
	var blocks []webm.Block
	for n := range 10 {
		blocks = append(blocks, webm.Block{Track: webm.Audio, At: time.Duration(n) * 29 * time.Second, Key: true, Data: []byte{0xFC}})
	}
	p := probe(t, webm.Clusters(header(), blocks))
	if len(p.Packets) != 10 || p.Packets[9].At != "261.000000" {
		t.Errorf("%+v", p.Packets)
	}
}

func TestAPieceThatIsCutOffCostsOnlyItself(t *testing.T) {
	whole := webm.Clusters(header(), []webm.Block{{Track: webm.Audio, At: 0, Key: true, Data: []byte{0xFC, 1}}})
	p := probe(t, append(whole, webm.Clusters(nil, []webm.Block{{Track: webm.Audio, At: ms(20), Key: true, Data: bytes.Repeat([]byte{0xFC}, 500)}})[:40]...))
	if len(p.Packets) == 0 || p.Packets[0].Size != "2" {
		t.Errorf("%+v", p.Packets)
	}
}

func TestATimeBeforeTheBeginningIsTheBeginning(t *testing.T) {
	p := probe(t, webm.Clusters(header(), []webm.Block{{Track: webm.Audio, At: -ms(5), Key: true, Data: []byte{0xFC, 1}}}))
	if len(p.Packets) != 1 || p.Packets[0].At != "0.000000" {
		t.Errorf("%+v", p.Packets)
	}
}

func TestTheTimeOfZeroIsReadBack(t *testing.T) {
	head := webm.Header(webm.Info{Begun: begun.Add(123 * time.Millisecond), Width: 320, Height: 240, Channels: 2})
	if at, ok := webm.Begun(append(head, "cluster"...)); !ok || !at.Equal(begun.Add(123*time.Millisecond)) {
		t.Errorf("%s, %v", at, ok)
	}
	for _, cut := range [][]byte{nil, []byte("no header"), head[:bytes.Index(head, []byte{0x44, 0x61, 0x88})+6]} {
		if _, ok := webm.Begun(cut); ok {
			t.Errorf("%q has a time", cut)
		}
	}
}
