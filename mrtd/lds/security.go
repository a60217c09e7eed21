package lds

import (
	"bytes"
	"encoding/asn1"
	"strings"
)

// Security is what EF.CardAccess or DG14 says about the protocols of the chip (ICAO
// 9303-11 9.2). What nobody here speaks is kept in Raw alone.
type Security struct {
	PACE     []PACEInfo
	Chip     []ChipInfo
	ChipKeys []ChipKey
	Active   string   // OID of the signatures of active authentication; empty when not said
	Raw      [][]byte // every entry as it stands
}

// PACEInfo offers a way to open the chip with a password.
type PACEInfo struct {
	Protocol  asn1.ObjectIdentifier
	Parameter int // number of the standardized domain parameters; -1 when not said
	Raw       []byte
}

// ChipInfo offers chip authentication with one cipher.
type ChipInfo struct {
	Protocol asn1.ObjectIdentifier
	Version  int
	KeyID    int // -1 when there is one key without a number
}

// ChipKey is a key with which the chip proves itself.
type ChipKey struct {
	Protocol asn1.ObjectIdentifier
	Key      []byte // SubjectPublicKeyInfo
	KeyID    int    // -1 when it has none
}

// The families of protocols: TR-03110-3 A.1.1, ICAO 9303-11 9.2.
const (
	pacePrefix    = "0.4.0.127.0.7.2.2.4."
	chipPrefix    = "0.4.0.127.0.7.2.2.3."
	chipKeyPrefix = "0.4.0.127.0.7.2.2.1."
	activeOID     = "2.23.136.1.1.5"
)

// maxInfos is how many entries a set may hold.
const maxInfos = 64

// ParseCardAccess reads EF.CardAccess, which the chip shows before anything is proved.
func ParseCardAccess(b []byte) (Security, error) { return parseSecurity(CardAccess, b) }

// ParseDG14 reads the security options.
func ParseDG14(b []byte) (Security, error) {
	content, err := Content(DG14, b)
	if err != nil {
		return Security{}, err
	}
	return parseSecurity(DG14, content)
}

type securityInfo struct {
	Raw      asn1.RawContent
	Protocol asn1.ObjectIdentifier
	Required asn1.RawValue
	Optional asn1.RawValue `asn1:"optional"`
}

func parseSecurity(f File, b []byte) (Security, error) {
	var infos []securityInfo
	if rest, err := asn1.UnmarshalWithParams(b, &infos, "set"); err != nil || len(rest) > 0 || len(infos) > maxInfos {
		return Security{}, malformed(f, "security infos: %d entries, %d bytes after them, %v", len(infos), len(rest), err)
	}
	var s Security
	for _, info := range infos {
		s.Raw = append(s.Raw, info.Raw)
		if !s.take(info) {
			return Security{}, malformed(f, "entry of %s", info.Protocol)
		}
	}
	return s, nil
}

func (s *Security) take(info securityInfo) bool {
	oid := info.Protocol.String()
	switch {
	case strings.HasPrefix(oid, pacePrefix) && len(info.Protocol) == 11:
		var version int
		if !whole(info.Required.FullBytes, &version) {
			return false
		}
		parameter, ok := number(info.Optional)
		if version == 2 {
			s.PACE = append(s.PACE, PACEInfo{info.Protocol, parameter, info.Raw})
		}
		return ok
	case strings.HasPrefix(oid, chipPrefix) && len(info.Protocol) == 11:
		var version int
		id, ok := number(info.Optional)
		if !ok || !whole(info.Required.FullBytes, &version) {
			return false
		}
		s.Chip = append(s.Chip, ChipInfo{info.Protocol, version, id})
	case strings.HasPrefix(oid, chipKeyPrefix):
		id, ok := number(info.Optional)
		s.ChipKeys = append(s.ChipKeys, ChipKey{info.Protocol, info.Required.FullBytes, id})
		return ok
	case oid == activeOID:
		var signature asn1.ObjectIdentifier
		if !whole(info.Optional.FullBytes, &signature) || s.Active != "" {
			return false
		}
		s.Active = signature.String()
	}
	return true
}

func whole(b []byte, into any) bool {
	rest, err := asn1.Unmarshal(b, into)
	return err == nil && len(rest) == 0
}

// number is an optional INTEGER that is not negative; -1 when it is not there.
func number(v asn1.RawValue) (int, bool) {
	if len(v.FullBytes) == 0 {
		return -1, true
	}
	var n int
	return n, whole(v.FullBytes, &n) && n >= 0
}

// Has says whether an entry stands in the set, byte by byte.
func (s Security) Has(raw []byte) bool {
	for _, r := range s.Raw {
		if bytes.Equal(r, raw) {
			return true
		}
	}
	return false
}
