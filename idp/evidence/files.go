package evidence

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// recordingForm keeps ids apart from paths: they are ours (rand.Text).
var recordingForm = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// place is the directory of a recording; the first letters spread many of them.
func (v *Vault) place(recording string) (string, error) {
	if v.Dir == "" || !recordingForm.MatchString(recording) {
		return "", errInput("no place for the recording " + strconv.Quote(recording))
	}
	return filepath.Join(v.Dir, recording[:2], recording), nil
}

// makeDir makes the directory of a recording, durably. One that others may enter is
// refused.
func (v *Vault) makeDir(recording string) error {
	dir, err := v.place(recording)
	if err != nil {
		return err
	}
	info, err := os.Stat(v.Dir)
	switch {
	case err != nil:
		return fmt.Errorf("evidence: the directory of recordings: %w", err)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("evidence: others may enter %s (mode %04o); run: chmod 700 %s", v.Dir, info.Mode().Perm(), v.Dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return errors.Join(syncDir(filepath.Dir(dir)), syncDir(v.Dir))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return nil
}

func fileName(number int) string { return fmt.Sprintf("%06d", number) }

// unfinished begins the name of a file that is being written.
const unfinished = "unfinished-"

// writeSegment writes a file whole or not at all: beside its place, synced, linked to
// its name, the directory synced. A file that is there already is not replaced.
func (v *Vault) writeSegment(row Row, data []byte) (err error) {
	dir, err := v.place(row.Recording)
	if err != nil {
		return err
	}
	beside := filepath.Join(dir, unfinished+fileName(row.Segment))
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	defer func() {
		if removed := os.Remove(beside); err == nil && removed != nil {
			err = fmt.Errorf("evidence: %w", removed)
		}
	}()
	_, err = f.Write(data[:len(data)/2])
	if err == nil {
		err = v.at("segment half written")
	}
	if err == nil {
		_, err = f.Write(data[len(data)/2:])
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("evidence: segment: %w", err)
	}
	if err := os.Link(beside, filepath.Join(dir, fileName(row.Segment))); err != nil {
		return fmt.Errorf("evidence: segment: %w", err)
	}
	return syncDir(dir)
}

// readSegment gives a file; fs.ErrNotExist when it is not there.
func (v *Vault) readSegment(recording string, number int) ([]byte, error) {
	dir, err := v.place(recording)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, fileName(number)))
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	defer f.Close()
	const overhead = 1 << 10
	data, err := io.ReadAll(io.LimitReader(f, MaxSegment+overhead))
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return data, nil
}

// removeSegment deletes a file, what a crash left beside it, and the directory when it
// is empty. What is not there is no error: a run before this one was cut off.
func (v *Vault) removeSegment(l Leftover) error {
	dir, err := v.place(l.Recording)
	if err != nil {
		return err
	}
	for _, name := range []string{fileName(l.Segment), unfinished + fileName(l.Segment), unfinished + fileName(l.Segment+1)} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("evidence: %w", err)
		}
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || len(entries) > 0 {
		return err
	}
	if err := os.Remove(dir); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	return syncDir(filepath.Dir(dir))
}

// at is where a test may end the process.
func (v *Vault) at(point string) error {
	if v.crash == nil {
		return nil
	}
	return v.crash(point)
}
