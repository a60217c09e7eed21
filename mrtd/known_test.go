package mrtd

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"atrio/mrtd/apdu"
	"atrio/mrtd/lds"
)

// The worked examples of ICAO 9303-11, appendices D (BAC and secure messaging) and G.1
// (PACE, Generic Mapping over an elliptic curve): what a chip answers there, what the
// reader draws, and what it then has to say.

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// script answers in order, and holds every command against what it should be.
type script struct {
	t     *testing.T
	steps [][2]string
}

func (s *script) Transceive(_ context.Context, command []byte) ([]byte, error) {
	if len(s.steps) == 0 {
		s.t.Fatalf("one command too many: %X", command)
	}
	step := s.steps[0]
	s.steps = s.steps[1:]
	if want := unhex(s.t, step[0]); !bytes.Equal(command, want) {
		s.t.Errorf("command %X, not %X", command, want)
	}
	return unhex(s.t, step[1]), nil
}

func (s *script) conversation(random io.Reader) *conversation {
	return &conversation{ctx: context.Background(), chip: s, random: random, limits: Limits{defaultCommands, largestFile}}
}

func TestBACOfTheWorkedExample(t *testing.T) {
	key, err := KeyFromZone("L898902C", "690806", "940623")
	if err != nil {
		t.Fatal(err)
	}
	s := &script{t: t, steps: [][2]string{
		{"0084000008", "4608F91988702212 9000"},
		{"0082000028 72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2 5F1448EEA8AD90A7 28",
			"46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F 2F2D235D074D7449 9000"},
		{"0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800", "990290008E08FA855A5D4C50A8ED9000"},
	}}
	c := s.conversation(bytes.NewReader(unhex(t, "781723860C06C226 0B795240CB7049B01C19B33E32804F0B")))
	if err := c.basicAccess(key); err != nil {
		t.Fatal(err)
	}
	if err := c.selectFile(lds.COM); err != nil {
		t.Fatal(err)
	}
	if len(s.steps) > 0 {
		t.Errorf("%d commands were not sent", len(s.steps))
	}
}

// fixed yields scalars: what Random makes of eight bytes of zeros and of k-1 is k.
func fixed(t *testing.T, scalars ...string) io.Reader {
	var all []byte
	for _, s := range scalars {
		k := unhex(t, s)
		for i := len(k) - 1; ; i-- { // k-1
			if k[i]--; k[i] != 0xff {
				break
			}
		}
		all = append(append(all, make([]byte, 8)...), k...)
	}
	return bytes.NewReader(all)
}

const paceAccess = "31143012060A04007F0007020204020202010202010D"

var paceSteps = [][2]string{
	{"0022C1A40F 800A04007F00070202040202 830101", "9000"},
	{"10860000 02 7C00 00", "7C12 8010 95A3A016522EE98D01E76CB6B98B42C3 9000"},
	{"10860000 45 7C43 8141 04 7ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E 544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D 00",
		"7C43 8241 04 824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57 30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54 9000"},
	{"10860000 45 7C43 8341 04 2DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C 3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462 00",
		"7C43 8441 04 9E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB 7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094 9000"},
	{"00860000 0C 7C0A 8508 C2B0BD78D94BA866 00", "7C0A 8608 3ABB9674BCE93C08 9000"},
}

func TestPACEOfTheWorkedExample(t *testing.T) {
	key, err := KeyFromZone("T22000129", "640812", "101031")
	if err != nil {
		t.Fatal(err)
	}
	security, err := lds.ParseCardAccess(unhex(t, paceAccess))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := choosePACE(security)
	if !ok || p.curve.Name != "brainpoolP256r1" || p.suite.String() != "AES-128" || p.ambiguous {
		t.Fatalf("chose %+v", p)
	}
	draws := fixed(t, "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99", "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595")
	s := &script{t: t, steps: paceSteps}
	c := s.conversation(draws)
	if err := p.open(c, key); err != nil {
		t.Fatal(err)
	}
	if len(s.steps) > 0 || c.session == nil {
		t.Errorf("%d commands were not sent", len(s.steps))
	}
	// The first command of the session shows that its keys are those of the example: its
	// checksum is over them, see messaging.TestKeysOfTheWorkedExamples.
	if wrapped := c.session.Wrap(apdu.Command{INS: 0xb0, Le: 4}); len(wrapped.Data) != 13 {
		t.Errorf("%X", wrapped.Bytes())
	}
}

func TestPACEFailsOnOneWrongBitOfTheChip(t *testing.T) {
	key, err := KeyFromZone("T22000129", "640812", "101031")
	if err != nil {
		t.Fatal(err)
	}
	security, err := lds.ParseCardAccess(unhex(t, paceAccess))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := choosePACE(security)
	steps := append([][2]string(nil), paceSteps...)
	steps[4][1] = "7C0A 8608 3ABB9674BCE93C09 9000"
	c := (&script{t: t, steps: steps}).conversation(fixed(t, "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99", "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595"))
	if err := p.open(c, key); len(Reasons(err)) != 1 || Reasons(err)[0] != AccessDenied || c.session != nil {
		t.Errorf("%v", err)
	}
}
