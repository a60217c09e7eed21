package mrtd

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"slices"

	"atrio/mrtd/lds"
	"atrio/mrtd/signature"
	"atrio/mrtd/signer"
)

// Reader reads chips. The zero value but for Key is ready.
type Reader struct {
	Key       Key
	Groups    []lds.File // data groups wanted; nil for all that this package knows
	Challenge []byte     // eight bytes that the chip has to sign; nil to draw them
	Limits    Limits
	Random    io.Reader // nil for crypto/rand
}

// Access is how a chip was opened.
type Access struct {
	Protocol string // BAC, or the OID of PACE
	Cipher   string
}

// Reading is what came off a chip: evidence, to be kept as it is. Nothing of it is
// true before Judge says so.
type Reading struct {
	Files    map[lds.File][]byte // as they were read, byte by byte
	Access   Access
	Active   *ActiveProof // nil when the chip does not offer it
	Chip     *ChipProof   // nil when the chip does not offer it
	Commands int          // how many were exchanged
}

var allGroups = []lds.File{lds.DG1, lds.DG14, lds.DG15, lds.DG11, lds.DG12, lds.DG2}

// Read opens the chip, reads its files, has it prove itself. When the connection breaks,
// nothing is returned: a document is read in one go or again from the beginning.
func (r Reader) Read(ctx context.Context, chip Transceiver) (Reading, error) {
	if r.Key.secret == nil || (r.Challenge != nil && len(r.Challenge) != challengeSize) {
		return Reading{}, failf(Malformed, "a reader needs a key, and a challenge of %d bytes or none", challengeSize)
	}
	c := &conversation{ctx: ctx, chip: chip, random: r.Random, limits: r.Limits}
	if c.random == nil {
		c.random = rand.Reader
	}
	if c.limits.Commands <= 0 {
		c.limits.Commands = defaultCommands
	}
	if c.limits.FileSize <= 0 || c.limits.FileSize > largestFile {
		c.limits.FileSize = largestFile
	}
	reading := Reading{Files: map[lds.File][]byte{}}
	for _, stage := range []func(*conversation, *Reading) error{r.open, r.files, r.prove} {
		if err := stage(c, &reading); err != nil {
			return Reading{}, err
		}
	}
	reading.Commands = c.commands
	return reading, nil
}

// open takes PACE where the chip offers it, else BAC (ICAO 9303-11 4.2). What refuses the
// key under PACE is not asked again under BAC.
func (r Reader) open(c *conversation, reading *Reading) error {
	// The master file; chips that have just been started stand there, and some refuse.
	if _, err := c.send(masterFile); err != nil {
		return err
	}
	access, err := c.file(lds.CardAccess)
	if err != nil && gone(err) {
		return err
	}
	if err == nil {
		s, err := lds.ParseCardAccess(access)
		if err != nil {
			return &Error{Malformed, err}
		}
		reading.Files[lds.CardAccess] = access
		if p, ok := choosePACE(s); ok {
			if err := p.open(c, r.Key); err != nil {
				return err
			}
			reading.Access = Access{p.info.Protocol.String(), c.session.Suite().String()}
			return c.document()
		}
	}
	if err := c.document(); err != nil {
		return err
	}
	if err := c.basicAccess(r.Key); err != nil {
		return err
	}
	reading.Access = Access{"BAC", c.session.Suite().String()}
	return nil
}

// files reads the list of hashes, and of what it lists the groups that are wanted.
func (r Reader) files(c *conversation, reading *Reading) error {
	for _, f := range []lds.File{lds.SOD, lds.COM} {
		b, err := c.file(f)
		if errors.Is(err, errNoFile) && f == lds.COM { // newer documents do without
			continue
		}
		if err != nil {
			return asError(err)
		}
		reading.Files[f] = b
	}
	object, err := signer.ParseObject(reading.Files[lds.SOD])
	if err != nil {
		return asError(err)
	}
	wanted := r.Groups
	if wanted == nil {
		wanted = allGroups
	}
	for _, f := range wanted {
		if object.Groups[f.Number()] == nil || reading.Files[f] != nil {
			continue
		}
		b, err := c.file(f)
		if errors.Is(err, errNoFile) { // Judge says whether it may be missing
			continue
		}
		if err != nil {
			return asError(err)
		}
		reading.Files[f] = b
	}
	return nil
}

// prove comes last: a failed proof ends the session, and what was read is kept.
func (r Reader) prove(c *conversation, reading *Reading) error {
	if dg15 := reading.Files[lds.DG15]; dg15 != nil {
		proof, err := c.active(dg15, slices.Clone(r.Challenge))
		if err != nil {
			return err
		}
		reading.Active = proof
	}
	dg14 := reading.Files[lds.DG14]
	if dg14 == nil || c.session == nil {
		return nil
	}
	s, err := lds.ParseDG14(dg14)
	if err != nil {
		return asError(err)
	}
	choice, _ := chooseChip(s)
	if choice.suite == 0 {
		return nil
	}
	reading.Chip, err = c.authenticate(choice, lds.SOD, reading.Files[lds.SOD])
	return err
}

// asError gives a cause of the packages below its reason.
func asError(err error) error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, errNoFile):
		return &Error{Refused, err}
	}
	return &Error{reasonOf(err), err}
}

func reasonOf(err error) Reason {
	switch {
	case errors.Is(err, signature.ErrWeak):
		return WeakAlgorithm
	case errors.Is(err, signature.ErrUnsupported):
		return Unsupported
	case errors.Is(err, signature.ErrWrong), errors.Is(err, signer.ErrContent):
		return Tampered
	}
	return Malformed
}
