package mail

import (
	"strings"
	"testing"

	"atrio/base/notify"
)

func TestNothingButOneAddressIsTaken(t *testing.T) {
	o := &office{}
	s := o.open(t, None)
	for _, to := range []string{"", "anna", "a@example.org, b@example.org", "Anna <a@example.org>", "a@example.org\r\nBcc: b@example.org",
		" a@example.org", "a@example.org\n", strings.Repeat("a", 250) + "@example.org", "@example.org"} {
		m := letter
		m.To = to
		if f := send(t, s, m); f == nil || !f.Permanent || f.Stage != "composition" {
			t.Errorf("%q: %+v", to, f)
		}
	}
	for name, m := range map[string]notify.Message{
		"an SMS":        {Channel: notify.SMS, To: letter.To, Text: "x"},
		"a huge text":   {Channel: notify.Mail, To: letter.To, Text: strings.Repeat("x", maxBody+1)},
		"a huge layout": {Channel: notify.Mail, To: letter.To, HTML: strings.Repeat("x", maxBody+1)},
	} {
		if f := send(t, s, m); f == nil || !f.Permanent {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if len(o.to) != 0 {
		t.Errorf("the server saw %v", o.to)
	}
}

func TestASubjectCannotAddHeaders(t *testing.T) {
	o := &office{}
	s := o.open(t, None)
	m := letter
	m.Subject = "Ciao\r\nBcc: b@example.org\r\n\r\nbody"
	if f := send(t, s, m); f != nil {
		t.Fatal(f)
	}
	if !strings.Contains(o.received[0], "Subject: Ciao Bcc: b@example.org body\r\n") || len(o.to) != 1 {
		t.Fatal(o.received[0])
	}
}

func TestSettingsAreExplained(t *testing.T) {
	good := Sender{Host: "mx.example.org", Port: 465, Security: TLS, From: "a@example.org", Username: "u"}
	for says, change := range map[string]func(*Sender){
		"":                  func(*Sender) {},
		"port":              func(s *Sender) { s.Port = 0 },
		"not a mail addres": func(s *Sender) { s.From = "nobody" },
		"this machine":      func(s *Sender) { s.Security = None },
		"password":          func(s *Sender) { s.Security, s.Host = None, "localhost" },
		"not tls, starttls": func(s *Sender) { s.Security = "ssl" },
	} {
		s := good
		change(&s)
		wrong := s.Validate()
		if (says == "") != (len(wrong) == 0) {
			t.Errorf("%q: %v", says, wrong)
			continue
		}
		all := ""
		for _, w := range wrong {
			all += w.Error()
		}
		if !strings.Contains(all, says) {
			t.Errorf("%q: %v", says, wrong)
		}
	}
	if (&Sender{From: "Atrio <a@gateway.example.org>"}).helo() != "gateway.example.org" {
		t.Error("the greeting must name the sender's domain")
	}
}
