package mrtd

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"strings"
	"testing"

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

// paceExample is a worked example: what EF.CardAccess offers, the scalars that the reader
// draws, and the conversation.
type paceExample struct {
	access, group string
	draws         []string
	steps         [][2]string
}

var paceExamples = map[string]paceExample{
	"G.1, over a curve": {
		access: "31143012060A04007F0007020204020202010202010D", group: "brainpoolP256r1",
		draws: []string{"7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99", "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595"},
		steps: [][2]string{
			{"0022C1A40F 800A04007F00070202040202 830101", "9000"},
			{"10860000 02 7C00 00", "7C12 8010 95A3A016522EE98D01E76CB6B98B42C3 9000"},
			{"10860000 45 7C43 8141 04 7ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E 544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D 00",
				"7C43 8241 04 824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57 30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54 9000"},
			{"10860000 45 7C43 8341 04 2DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C 3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462 00",
				"7C43 8441 04 9E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB 7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094 9000"},
			{"00860000 0C 7C0A 8508 C2B0BD78D94BA866 00", "7C0A 8608 3ABB9674BCE93C08 9000"},
		},
	},
	"G.2, over integers": {
		access: "31143012060A04007F00070202040102020102020100", group: "MODP-1024/160",
		draws: []string{"5265030F751F4AD18B08AC565FC7AC952E41618D", "89CCD99B0E8D3B1F11E1296DCA68EC53411CF2CA"},
		steps: [][2]string{
			{"0022C1A40F 800A04007F00070202040102 830101", "9000"},
			{"10860000 02 7C00 00", "7C12 8010 854D8DF5827FA6852D1A4FA701CDDDCA 9000"},
			{"10860000 86 7C8183 818180 23FB3749EA030D2A25B278D2A562047ADE3F01B74F17A15402CB7352CA7D2B3EB71C343DB13D1DEBCE9A3666DBCFC920B49174A602CB47965CAA73DC702489A4" +
				"4D41DB914DE9613DC5E98C94160551C0DF86274B9359BC0490D01B03AD54022DCB4F57FAD6322497D7A1E28D46710F461AFE710FBBBC5F8BA166F4311975EC6C 00",
				"7C8183 828180 78879F57225AA8080D52ED0FC890A4B25336F699AA89A2D3A189654AF70729E623EA5738B26381E4DA19E004706FACE7B235C2DBF2F38748312F3C98C2DD4882" +
					"A41947B324AA1259AC22579DB93F7085655AF30889DBB845D9E6783FE42C9F2449400306254C8AE8EE9DD812A804C0B66E8CAFC14F84D8258950A91B44126EE6 9000"},
			{"10860000 86 7C8183 838180 907D89E2D425A178AA81AF4A7774EC8E388C115CAE67031E85EECE520BD911551B9AE4D04369F29A02626C86FBC6747CC7BC352645B6161A2A42D44EDA80A0" +
				"8FA8D61B76D3A154AD8A5A51786B0BC07147057871A922212C5F67F43173172236B7747D1671E6D692A3C7D40A0C3C5CE397545D015C175EB5130551EDBC2EE5D4 00",
				"7C8183 848180 075693D9AE941877573E634B6E644F8E60AF17A0076B8B123D9201074D36152BD8B3A213F53820C42ADC79AB5D0AEEC3AEFB91394DA476BD97B9B14D0A65C1FC" +
					"71A0E019CB08AF55E1F729005FBA7E3FA5DC41899238A250767A6D46DB974064386CD456743585F8E5D90CC8B4004B1F6D866C79CE0584E49687FF61BC29AEA1 9000"},
			{"00860000 0C 7C0A 8508 B46DD9BD4D98381F 00", "7C1B 8608 917F37B5C0E6D8D1 870F 444554455354435643413030303033 9000"},
		},
	},
}

// examplePACE is the way to open the chip of an example, and the key of its document.
func examplePACE(t *testing.T, e paceExample) (pace, Key) {
	t.Helper()
	key, err := KeyFromZone("T22000129", "640812", "101031")
	if err != nil {
		t.Fatal(err)
	}
	security, err := lds.ParseCardAccess(unhex(t, e.access))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := choosePACE(security)
	if !ok || p.group.Name() != e.group || p.suite.String() != "AES-128" || p.ambiguous {
		t.Fatalf("chose %+v", p)
	}
	return p, key
}

func TestPACEOfTheWorkedExamples(t *testing.T) {
	for name, e := range paceExamples {
		p, key := examplePACE(t, e)
		s := &script{t: t, steps: e.steps}
		c := s.conversation(fixed(t, e.draws...))
		if err := p.open(c, key); err != nil || len(s.steps) > 0 || c.session == nil {
			t.Errorf("%s: %d commands were not sent: %v", name, len(s.steps), err)
		}
	}
}

func TestPACEFailsOnOneWrongBitOfTheChip(t *testing.T) {
	for name, e := range paceExamples {
		p, key := examplePACE(t, e)
		wrong := append([][2]string(nil), e.steps...)
		b := unhex(t, wrong[4][1])
		b[11] ^= 1 // the last byte of the token
		wrong[4][1] = hex.EncodeToString(b)
		c := (&script{t: t, steps: wrong}).conversation(fixed(t, e.draws...))
		if err := p.open(c, key); len(Reasons(err)) != 1 || Reasons(err)[0] != AccessDenied || c.session != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
