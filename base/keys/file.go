package keys

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// maxFile bounds what is read as a key file.
const maxFile = 1 << 20

// read returns a key file, unless others may read it.
func (s *Store) read(file string) ([]byte, error) {
	f, err := os.Open(s.path(file))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("keys: %w", err)
	case !info.Mode().IsRegular() || info.Size() > maxFile:
		return nil, fmt.Errorf("keys: %s is not a key file", s.path(file))
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("keys: others may read %s (mode %04o); if nobody did, run: chmod 600 %s; otherwise make a new key",
			s.path(file), info.Mode().Perm(), s.path(file))
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return data, nil
}

// create puts a new file in its place, whole or not at all; os.ErrExist when the
// place is taken.
func (s *Store) create(file string, data []byte) error {
	return s.place(file, data, os.Link)
}

// replace puts a file in its place, whole, over the old one.
func (s *Store) replace(file string, data []byte) error {
	return s.place(file, data, os.Rename)
}

func (s *Store) place(file string, data []byte, move func(from, to string) error) error {
	temp, err := s.writeTemp(data)
	if err != nil {
		return fmt.Errorf("keys: writing %s: %w", file, err)
	}
	defer os.Remove(temp) // gone already after a rename
	if err := move(temp, s.path(file)); err != nil {
		return fmt.Errorf("keys: placing %s: %w", file, err)
	}
	return s.syncDir()
}

func (s *Store) writeTemp(data []byte) (string, error) {
	f, err := os.CreateTemp(s.dir, ".new-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// syncDir makes the new name survive a power cut.
func (s *Store) syncDir() error {
	d, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

// locked runs f while no other process changes files; the kernel releases the
// lock of a process that dies.
func (s *Store) locked(f func() error) error {
	d, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	defer d.Close()
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("keys: locking %s: %w", s.dir, err)
	}
	return f()
}
