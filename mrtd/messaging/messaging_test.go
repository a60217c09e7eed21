package messaging

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"atrio/mrtd/apdu"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func same(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if !bytes.Equal(got, unhex(t, want)) {
		t.Errorf("%s is %X, not %s", what, got, want)
	}
}

// ICAO 9303-11 D.1 and G.1.
func TestKeysOfTheWorkedExamples(t *testing.T) {
	seed := unhex(t, "239AB9CB282DAF66231DC5A4DF6BFBAE")
	same(t, "K_enc", TDES.Derive(seed, ForEncryption), "AB94FDECF2674FDFB9B391F85D7F76F2")
	same(t, "K_mac", TDES.Derive(seed, ForChecksum), "7962D9ECE03D1ACD4C76089DCE131543")
	same(t, "K_pi", AES128.Derive(unhex(t, "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD"), ForPassword), "89DED1B26624EC1E634C1989302849DD")
	shared := unhex(t, "28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925")
	same(t, "KS_enc", AES128.Derive(shared, ForEncryption), "F5F0E35C0D7161EE6724EE513A0D9A7F")
	same(t, "KS_mac", AES128.Derive(shared, ForChecksum), "FE251C7858B356B24514B3BD5F4297D1")
}

// RFC 4493 4, NIST SP 800-38B D.2 and D.3.
func TestKnownChecksumsWithAES(t *testing.T) {
	text := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for key, sums := range map[string]map[int]string{
		"2b7e151628aed2a6abf7158809cf4f3c": {
			0: "bb1d6929e95937287fa37d129b756746", 16: "070a16b46b4d4144f79bdd9dd04a287c", 40: "dfa66747de9ae63030ca32611497c827", 64: "51f0bebf7e3b9d92fc49741779363cfe"},
		"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b": {
			0: "d17ddf46adaacde531cac483de7a9367", 16: "9e99a7bf31e710900662f65e617c5184", 40: "8a1de5be2eb31aad089a82e6ee908b0e", 64: "a1d5df0eed790f794d77589659f39a11"},
		"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4": {
			0: "028962f61b7bf89efc6b551f4667d983", 16: "28a7023f452e8f82bd4bf28d8c37c35c", 40: "aaf3d8f1de5640c232f5b169b9c911e6", 64: "e1992190549f6ed5696a2c056c315410"},
	} {
		block, err := aes.NewCipher(unhex(t, key))
		if err != nil {
			t.Fatal(err)
		}
		for n, want := range sums {
			same(t, "a checksum", cmac(block, text[:n]), want)
		}
	}
}

// ICAO 9303-11 D.3.
func TestKnownChecksumWithTripleDES(t *testing.T) {
	same(t, "M_IFD", TDES.Checksum(unhex(t, "7962D9ECE03D1ACD4C76089DCE131543"), unhex(t, "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2")), "5F1448EEA8AD90A7")
}

// session is that of the worked example ICAO 9303-11 D.3.
func session(t testing.TB) *Session {
	return NewSession(TDES, unhex(t, "0036D272F5C350ACAC50C3F572D23600"), unhex(t, "887022120C06C226"))
}

// ICAO 9303-11 D.4: EF.COM is selected and read.
func TestSecureMessagingOfTheWorkedExample(t *testing.T) {
	s := session(t)
	same(t, "KS_enc", s.enc, "979EC13B1CBFE9DCD01AB0FED307EAE5")
	same(t, "KS_mac", s.mac, "F1CB1F1FB5ADF208806B89DC579DC1F8")
	for _, step := range []struct {
		plain            apdu.Command
		wrapped          string
		answer, contents string
	}{
		{apdu.Command{INS: 0xa4, P1: 2, P2: 0x0c, Data: []byte{1, 0x1e}}, "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800", "990290008E08FA855A5D4C50A8ED9000", ""},
		{apdu.Command{INS: 0xb0, Le: 4}, "0CB000000D9701048E08ED6705417E96BA5500", "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000", "60145F01"},
		{apdu.Command{INS: 0xb0, P2: 4, Le: 0x12}, "0CB000040D9701128E082EA28A70F3C7B53500", "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000", "04303130365F36063034303030305C026175"},
	} {
		same(t, "the command", s.Wrap(step.plain).Bytes(), step.wrapped)
		r, err := apdu.ParseResponse(unhex(t, step.answer))
		if err != nil {
			t.Fatal(err)
		}
		open, err := s.Unwrap(r)
		if err != nil || open.Status != apdu.OK {
			t.Fatalf("%04X: %v", uint16(open.Status), err)
		}
		same(t, "the contents", open.Data, step.contents)
	}
}

func TestAnswersThatAreNotTheChipsAreRefused(t *testing.T) {
	good := "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000"
	for name, answer := range map[string]string{
		"another cryptogram":         "8709019FF0EC34F9922652990290008E08AD55CC17140B2DED9000",
		"another checksum":           "8709019FF0EC34F9922651990290008E08AD55CC17140B2DEE9000",
		"a shorter checksum":         "8709019FF0EC34F9922651990290008E07AD55CC17140B2D9000",
		"another status outside":     "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED6282",
		"without a checksum":         "8709019FF0EC34F9922651990290009000",
		"without a status":           "8709019FF0EC34F99226518E08AD55CC17140B2DED9000",
		"the status first":           "990290008709019FF0EC34F99226518E08AD55CC17140B2DED9000",
		"something after it":         good[:len(good)-4] + "9900" + "9000",
		"the answer to another step": "990290008E08FA855A5D4C50A8ED9000",
		"a bare status":              "6988",
		"bare contents":              "60145F019000",
	} {
		s := session(t)
		s.Wrap(apdu.Command{INS: 0xa4, P1: 2, P2: 0x0c, Data: []byte{1, 0x1e}})
		s.count() // the answer to the first command
		s.Wrap(apdu.Command{INS: 0xb0, Le: 4})
		r, err := apdu.ParseResponse(unhex(t, answer))
		if err != nil {
			t.Fatal(err)
		}
		if open, err := s.Unwrap(r); !errors.Is(err, ErrProtection) {
			t.Errorf("%s was taken for %X: %v", name, open.Data, err)
		}
	}
	s := session(t)
	var status apdu.Status
	if _, err := s.Unwrap(apdu.Response{Status: apdu.WrongSMObjects}); !errors.As(err, &status) || status != apdu.WrongSMObjects {
		t.Errorf("the status of a chip that ends the session is lost: %v", err)
	}
}

func TestPaddingComesOffOrIsRefused(t *testing.T) {
	for n := range 40 {
		b := bytes.Repeat([]byte{0x80}, n)
		padded := Pad(b, 16)
		got, err := Unpad(padded, 16)
		if err != nil || !bytes.Equal(got, b) || len(padded)%16 != 0 || len(padded) == n {
			t.Errorf("%d bytes came back as %d of %d: %v", n, len(got), len(padded), err)
		}
	}
	for name, b := range map[string][]byte{"nothing": {}, "zeros": make([]byte, 16), "another byte": {1, 2, 3, 4, 5, 6, 7, 8}, "a block and more": append([]byte{0x80}, make([]byte, 16)...)} {
		if _, err := Unpad(b, 16); !errors.Is(err, ErrProtection) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzUnwrap(f *testing.F) {
	f.Add(unhex(f, "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000"))
	f.Add(unhex(f, "990290008E08FA855A5D4C50A8ED9000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := apdu.ParseResponse(b)
		if err != nil {
			return
		}
		s := NewSession(AES128, []byte("another secret"), nil)
		if open, err := s.Unwrap(r); err == nil {
			t.Fatalf("an answer without the key is taken for %X", open.Data)
		}
	})
}
