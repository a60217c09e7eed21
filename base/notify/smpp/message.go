package smpp

import (
	"errors"
	"strings"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// Types of number and numbering plans. // SMPP-3.4 5.2.5, 5.2.6
const (
	tonInternational = 1
	tonNational      = 2
	tonAlphanumeric  = 5
	npiUnknown       = 0
	npiE164          = 1
)

// source is the sender as the centre wants it: a name, a short code or a number.
func source(from string) (pdu.Address, error) {
	digits, plus := strings.CutPrefix(from, "+")
	switch {
	case from == "":
		return pdu.NewAddressWithTonNpi(0, npiUnknown), nil // the centre puts its own
	case plus && len(digits) <= 15 && allDigits(digits):
		return pdu.NewAddressWithTonNpiAddr(tonInternational, npiE164, digits)
	case !plus && len(from) <= 15 && allDigits(from):
		return pdu.NewAddressWithTonNpiAddr(tonNational, npiE164, from)
	case len(from) <= 11 && !strings.ContainsFunc(from, func(r rune) bool { return r < ' ' || r > '~' }):
		return pdu.NewAddressWithTonNpiAddr(tonAlphanumeric, npiUnknown, from)
	}
	return pdu.Address{}, errors.New("smpp: from is a name of at most 11 ASCII characters, a short code, or a number with +")
}

// bindRequest introduces us as a transmitter: we receive nothing. // SMPP-3.4 4.1.1
func (s *Sender) bindRequest() *pdu.BindRequest {
	b := pdu.NewBindRequest(pdu.Transmitter)
	b.SystemID, b.Password, b.SystemType = s.SystemID, s.Password, s.SystemType
	return b
}

// message is one part on its way. // SMPP-3.4 4.4.1
func (s *Sender) message(to string, p part) *pdu.SubmitSM {
	m := pdu.NewSubmitSM().(*pdu.SubmitSM)
	m.SourceAddr, _ = source(s.From) // Validate has seen it
	m.DestAddr, _ = pdu.NewAddressWithTonNpiAddr(tonInternational, npiE164, strings.TrimPrefix(to, "+"))
	if p.header {
		m.EsmClass |= data.SM_UDH_GSM
	}
	_ = m.Message.SetMessageDataWithEncoding(p.octets, p.coding) // divide has kept to the length
	return m
}
