package rao

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// Issuer is a body that may identify people.
type Issuer struct {
	// Code is that of the body (IPA), as tokens have it.
	Code string
	// Organization is the organizationIdentifier (2.5.4.97) in certificates of the body's
	// seal: without it every body could seal in the name of every other.
	Organization string
	Name         string
}

// Register has the bodies that may identify people, by code.
type Register map[string]Issuer

var (
	codeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	// maxRegister bounds the file.
	maxRegister = 4 << 20
)

// OpenRegister reads a register: a body a line, "code;organization identifier;name". Empty
// lines and those that begin with "#" are left out.
func OpenRegister(path string) (Register, error) {
	content, err := os.ReadFile(path) //nolint:gosec // a configured file
	if err != nil {
		return nil, err
	}
	return ReadRegister(content)
}

// ReadRegister reads the content of a register.
func ReadRegister(content []byte) (Register, error) {
	if len(content) > maxRegister {
		return nil, fmt.Errorf("longer than %d bytes", maxRegister)
	}
	r := Register{}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, ";", 3)
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		if len(parts) != 3 || !codeForm.MatchString(parts[0]) || parts[1] == "" || parts[2] == "" {
			return nil, fmt.Errorf("line %d: write \"code;organization identifier;name\"", n)
		}
		if _, twice := r[parts[0]]; twice {
			return nil, fmt.Errorf("line %d: %s is there twice", n, parts[0])
		}
		r[parts[0]] = Issuer{parts[0], parts[1], parts[2]}
	}
	return r, lines.Err()
}
