package keys

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
)

// maxFile bounds what is read as a key file.
const maxFile = 1 << 20

// read returns the contents of a key file, in clear.
func (s *Store) read(file string) ([]byte, error) {
	data, err := s.readRaw(file)
	if err != nil {
		return nil, err
	}
	return s.inClear(file, data)
}

// readRaw returns a key file as it is, unless others may read it.
func (s *Store) readRaw(file string) ([]byte, error) {
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
	data, err := s.protected(file, data)
	if err != nil {
		return err
	}
	return s.placeRaw(file, data, move)
}

func (s *Store) placeRaw(file string, data []byte, move func(from, to string) error) error {
	temp, err := s.writeTemp(data)
	if err != nil {
		return fmt.Errorf("keys: writing %s: %w", file, err)
	}
	// Gone already after a rename.
	defer func() { _ = s.do("clean "+file, func() error { return os.Remove(temp) }) }()
	if err := s.do("place "+file, func() error { return move(temp, s.path(file)) }); err != nil {
		return fmt.Errorf("keys: placing %s: %w", file, err)
	}
	return s.syncDir()
}

func (s *Store) writeTemp(data []byte) (name string, err error) {
	var f *os.File
	if err := s.do("temp", func() (err error) {
		f, err = os.CreateTemp(s.dir, tempPrefix+"*") // mode 0600
		return err
	}); err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// tempPrefix begins the names of files that are not in their place yet.
const tempPrefix = ".new-"

// remove deletes the files of a pair; what is gone already is fine.
func (s *Store) remove(name string) error {
	for _, file := range filesOf(name) {
		err := s.do("remove "+file, func() error { return os.Remove(s.path(file)) })
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("keys: %w", err)
		}
	}
	return s.syncDir()
}

// filesOf lists the files that a pair may have.
func filesOf(name string) []string {
	return []string{name + keySuffix, name + tokenSuffix, name + certSuffix}
}

func isFileOf(name, file string) bool { return slices.Contains(filesOf(name), file) }

func (s *Store) exists(file string) bool {
	_, err := os.Lstat(s.path(file))
	return err == nil
}

// has reports whether the private half of a pair is there.
func (s *Store) has(name string) bool { return s.exists(name+keySuffix) || s.exists(name+tokenSuffix) }

// do runs an operation that changes the directory. Tests let it fail to see what
// a crash at any point leaves.
func (s *Store) do(operation string, f func() error) error {
	if s.before != nil {
		if err := s.before(operation); err != nil {
			return err
		}
	}
	return f()
}

// syncDir makes the new name survive a power cut.
func (s *Store) syncDir() error {
	return s.do("sync", func() error {
		d, err := os.Open(s.dir)
		if err != nil {
			return fmt.Errorf("keys: %w", err)
		}
		defer d.Close()
		if err := d.Sync(); err != nil {
			return fmt.Errorf("keys: %w", err)
		}
		return nil
	})
}

// inode tells a file that was put in the place of another.
func inode(info os.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
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
