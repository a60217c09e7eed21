package studiotest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

// Footage is what a client sends: 25 pictures and 50 sounds a second.
type Footage struct {
	Pictures [][]byte // VP8
	Sounds   [][]byte // Opus
}

// Film makes four seconds of footage with ffmpeg, with a key frame each second.
func Film(width, height, kbit int) (f Footage, err error) {
	dir, err := os.MkdirTemp("", "studio")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	ivf, ogg := filepath.Join(dir, "v.ivf"), filepath.Join(dir, "a.ogg")
	cmd := exec.Command("ffmpeg", "-v", "error", //nolint:gosec // our own words
		"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=25,noise=alls=6:allf=t", width, height), "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-map", "0:v", "-t", "4", "-c:v", "libvpx", "-g", "25", "-deadline", "realtime", "-cpu-used", "8", "-auto-alt-ref", "0",
		"-b:v", fmt.Sprint(kbit, "k"), "-minrate", fmt.Sprint(kbit, "k"), "-maxrate", fmt.Sprint(kbit, "k"), ivf,
		"-map", "1:a", "-t", "4", "-c:a", "libopus", "-page_duration", "20000", ogg)
	if out, err := cmd.CombinedOutput(); err != nil {
		return f, fmt.Errorf("ffmpeg: %w: %s", err, out)
	}
	if f.Pictures, err = pictures(ivf); err != nil {
		return f, err
	}
	f.Sounds, err = sounds(ogg)
	return f, err
}

func pictures(file string) (all [][]byte, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r, _, err := ivfreader.NewWith(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	for {
		frame, _, err := r.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, frame)
	}
}

func sounds(file string) (all [][]byte, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r, err := oggreader.NewWithOptions(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	for {
		page, _, err := r.ParseNextPage()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(page, []byte("Opus")) { // the two headers
			all = append(all, page)
		}
	}
}
