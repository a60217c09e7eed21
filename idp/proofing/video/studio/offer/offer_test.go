package offer_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"atrio/idp/proofing/video/studio/offer"
)

const fingerprint = "sha-256 8C:21:D1:8A:75:15:DF:F0:4A:2A:D3:B5:82:A9:FE:89:16:10:EE:2A:82:55:73:67:3A:0A:88:0F:D6:E4:3B:99"

// good is an offer as browsers make it, shortened.
const good = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=msid-semantic: WMS s\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=candidate:1 1 udp 2113937151 192.0.2.9 54400 typ host generation 0\r\n" +
	"a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=ice-options:trickle\r\na=fingerprint:" + fingerprint + "\r\na=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n" +
	"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=ssrc:1 cname:x\r\n" +
	"m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=candidate:1 1 udp 2113937151 192.0.2.9 54401 typ host generation 0\r\n" +
	"a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:" + fingerprint + "\r\na=setup:actpass\r\na=mid:1\r\na=sendrecv\r\na=rtcp-mux\r\n" +
	"a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 H264/90000\r\n"

const dataChannel = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:" + fingerprint +
	"\r\na=setup:actpass\r\na=mid:2\r\na=sctp-port:5000\r\n"

func TestAnOfferOfABrowserIsTaken(t *testing.T) {
	o, err := offer.Parse(good)
	if err != nil || o.Fingerprint != fingerprint || !o.Receives {
		t.Fatalf("%+v, %v", o, err)
	}
	if strings.Contains(o.SDP, "a=candidate") || strings.Contains(o.SDP, "192.0.2.9") {
		t.Error("an address to knock at is left")
	}
	if o, err = offer.Parse(strings.ReplaceAll(good, "a=sendrecv", "a=sendonly")); err != nil || o.Receives {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestWhatIsNoOfferForTheStudioIsRefused(t *testing.T) {
	second := strings.LastIndex(good, "m=video")
	for name, text := range map[string]string{
		"nothing":                     "",
		"no SDP":                      "{}",
		"lines that are none":         good + "hello\r\n",
		"formats that are no numbers": strings.Replace(good, "SAVPF 111 63", "SAVPF a=candidate:", 1),
		"too long":                    good + strings.Repeat("a=x:"+strings.Repeat("y", 1000)+"\r\n", 40),
		"too many lines":              good + strings.Repeat("a=x\r\n", 800),
		"too many attributes":         good + strings.Repeat("a=x\r\n", 400),
		"a long line":                 good + "a=x:" + strings.Repeat("y", 4000) + "\r\n",
		"other than ASCII":            good + "a=x:è\r\n",
		"a NUL":                       good + "a=x:\x00\r\n",
		"no picture":                  good[:second],
		"two pictures":                good + good[second:],
		"four media":                  good + dataChannel + dataChannel,
		"text as a medium":            strings.Replace(good, "m=video", "m=text", 1),
		"a picture that is off":       strings.Replace(good, "m=video 9", "m=video 0", 1),
		"without encryption":          strings.ReplaceAll(good, "UDP/TLS/RTP/SAVPF", "RTP/AVP"),
		"keys in clear":               good + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n",
		"no certificate":              strings.ReplaceAll(good, "a=fingerprint:"+fingerprint+"\r\n", ""),
		"two certificates":            strings.Replace(good, "8C:21", "8C:22", 1),
		"a certificate by SHA-1":      strings.ReplaceAll(good, fingerprint, "sha-1 8C:21:D1:8A:75:15:DF:F0:4A:2A:D3:B5:82:A9:FE:89:16:10:EE:2A"),
		"who only looks":              strings.ReplaceAll(good, "a=sendrecv", "a=recvonly"),
		"nobody":                      strings.ReplaceAll(good, "a=sendrecv", "a=inactive"),
		"several pictures in one":     good + "a=simulcast:send a;b\r\n",
		"RTCP on a port of its own":   strings.ReplaceAll(good, "a=rtcp-mux\r\n", ""),
		"an answer":                   strings.ReplaceAll(good, "a=setup:actpass", "a=setup:passive"),
		"credentials of another form": strings.ReplaceAll(good, "a=ice-ufrag:abcd", "a=ice-ufrag:a b"),
		"another ICE lite":            good + "a=ice-lite\r\n",
		"data beside":                 good + dataChannel,
	} {
		if o, err := offer.Parse(text); err == nil || o.SDP != "" {
			t.Errorf("%s is taken", name)
		}
	}
	for name, text := range map[string]string{
		"no VP8":  strings.ReplaceAll(good, "VP8/90000", "AV1/90000"),
		"no Opus": strings.ReplaceAll(good, "opus/48000/2", "PCMU/8000"),
	} {
		if _, err := offer.Parse(text); !errors.Is(err, offer.ErrCodec) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOurAnswerSaysHowMuchMayBeSent(t *testing.T) {
	answer := answered("a=candidate:1 1 udp 2130706431 192.0.2.10 40000 typ host")
	text, print, err := offer.Limit(answer, 2_500_000, outside)
	if err != nil || print != fingerprint {
		t.Fatal(print, err)
	}
	audio, video, _ := strings.Cut(text[strings.Index(text, "m=audio"):], "m=video")
	if !strings.Contains(audio, "b=AS:64\r\nb=TIAS:64000\r\n") || !strings.Contains(video, "b=AS:2436\r\nb=TIAS:2436000\r\n") {
		t.Error(text)
	}
	if _, _, err := offer.Limit(strings.ReplaceAll(answer, "a=fingerprint", "a=x"), 1, outside); err == nil {
		t.Error("an answer without a certificate")
	}
}

var outside = netip.MustParseAddr("192.0.2.10")

// answered is an answer with candidates.
func answered(candidates ...string) string {
	lines := strings.Join(candidates, "\r\n") + "\r\n"
	return strings.Replace(good, "m=video", lines+"m=video", 1) + lines
}

func TestOurAnswerNamesNoAddressButTheOneOfTheConfiguration(t *testing.T) {
	inside := []string{
		"a=candidate:2 1 udp 2130706431 10.0.0.7 40000 typ host", "a=candidate:3 1 udp 1694498815 192.0.2.10 40000 typ srflx raddr 10.0.0.7 rport 40000",
		"a=candidate:4 1 udp 2130706431 fd00::7 40000 typ host", "a=candidate:5 1 udp 2130706431 host.internal 40000 typ host", "a=candidate:6 1 udp",
	}
	text, _, err := offer.Limit(answered(append(inside, "a=candidate:1 1 udp 2130706431 192.0.2.10 40000 typ host")...), 2_500_000, outside)
	if err != nil || strings.Count(text, "a=candidate:") != 2 {
		t.Fatal(text, err)
	}
	for _, word := range []string{"10.0.0.7", "192.0.2.9", "fd00::7", "internal", "raddr"} {
		if strings.Contains(text, word) {
			t.Errorf("%s is told", word)
		}
	}
	if _, _, err := offer.Limit(answered(inside...), 2_500_000, outside); err == nil {
		t.Error("an answer without an address")
	}
}

// FuzzParse: what is taken is taken again, and never says where to knock.
func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add(good + dataChannel)
	f.Add(strings.ReplaceAll(good, "a=sendrecv", "a=sendonly"))
	f.Fuzz(func(t *testing.T, text string) {
		o, err := offer.Parse(text)
		if err != nil {
			return
		}
		again, err := offer.Parse(o.SDP)
		if err != nil || again != o {
			t.Errorf("taken once, and then: %v", err)
		}
		if strings.Contains(o.SDP, "\na=candidate:") || o.Fingerprint == "" || len(o.SDP) > 2*offer.MaxBytes {
			t.Error("not as it should be")
		}
	})
}
