package xmlsec

import "strings"

// declaration steps over <?xml version="1.0" encoding="UTF-8" standalone="…"?>
// (XML 1.0 2.8), which may stand at the very beginning only.
func (t *tokenizer) declaration() error {
	const opening = "<?xml"
	rest := t.src[t.pos:]
	if !strings.HasPrefix(rest, opening) || len(rest) > len(opening) && class[rest[len(opening)]]&space == 0 {
		return nil
	}
	at := t.pos
	t.pos += len(opening)
	order := 0
	for {
		gap := t.spaces()
		if strings.HasPrefix(t.src[t.pos:], "?>") {
			t.pos += 2
			if order == 0 {
				return fail(CodeDeclaration, at, "an XML declaration without a version")
			}
			return nil
		}
		if !gap {
			return fail(CodeDeclaration, t.pos, "a malformed XML declaration")
		}
		name, value, err := t.pseudoAttribute()
		if err != nil {
			return err
		}
		step, err := declared(name, value, at)
		if err != nil {
			return err
		}
		if step <= order || order == 0 && step != 1 {
			return fail(CodeDeclaration, at, "parts of the XML declaration repeated or out of order")
		}
		order = step
	}
}

// declared checks one part of the XML declaration and gives its place.
func declared(name, value string, at int) (place int, err error) {
	switch name {
	case "version":
		if value != "1.0" {
			return 0, fail(CodeDeclaration, at, "an XML version other than 1.0")
		}
		return 1, nil
	case "encoding":
		if !strings.EqualFold(value, "UTF-8") {
			return 0, fail(CodeEncoding, at, "an encoding other than UTF-8 is declared")
		}
		return 2, nil
	case "standalone":
		if value != "yes" && value != "no" {
			return 0, fail(CodeDeclaration, at, "a malformed standalone declaration")
		}
		return 3, nil
	}
	return 0, fail(CodeDeclaration, at, "an unknown part of the XML declaration")
}

// pseudoAttribute reads name="value" where no reference is recognized.
func (t *tokenizer) pseudoAttribute() (name, value string, err error) {
	end := ncName(t.src, t.pos)
	name, t.pos = t.src[t.pos:end], end
	t.spaces()
	if t.pos == len(t.src) || t.src[t.pos] != '=' {
		return "", "", fail(CodeDeclaration, t.pos, "a malformed XML declaration")
	}
	t.pos++
	t.spaces()
	if t.pos == len(t.src) || t.src[t.pos] != '"' && t.src[t.pos] != '\'' {
		return "", "", fail(CodeDeclaration, t.pos, "a malformed XML declaration")
	}
	quote := t.src[t.pos]
	t.pos++
	length := strings.IndexByte(t.src[t.pos:], quote)
	if length < 0 {
		return "", "", fail(CodeDeclaration, t.pos, "a malformed XML declaration")
	}
	value = t.src[t.pos : t.pos+length]
	t.pos += length + 1
	return name, value, nil
}

// comment steps over <!-- … --> if the policy drops comments (XML 1.0 2.5).
func (t *tokenizer) comment() error {
	if !t.policy.DropComments {
		return fail(CodeComment, t.pos, "comments are refused")
	}
	from := t.pos + len("<!--")
	length := strings.Index(t.src[from:], "--")
	if length < 0 || !strings.HasPrefix(t.src[from+length:], "-->") {
		return fail(CodeComment, t.pos, "a malformed comment")
	}
	if bad := control(t.src[from : from+length]); bad >= 0 {
		return fail(CodeCharacter, from+bad, "a control character") // XML 1.0 2.2
	}
	t.pos = from + length + len("-->")
	return nil
}

// instruction steps over <?target … ?> if the policy drops instructions (XML 1.0 2.6).
func (t *tokenizer) instruction() error {
	if !t.policy.DropComments {
		return fail(CodeInstruction, t.pos, "processing instructions are refused")
	}
	from := t.pos + len("<?")
	target := ncName(t.src, from)
	length := strings.Index(t.src[target:], "?>")
	if target == from || length < 0 || strings.EqualFold(t.src[from:target], "xml") {
		return fail(CodeInstruction, t.pos, "a malformed or misplaced processing instruction")
	}
	content := t.src[target : target+length]
	if content != "" && class[content[0]]&space == 0 {
		return fail(CodeInstruction, t.pos, "a malformed processing instruction")
	}
	if bad := control(content); bad >= 0 {
		return fail(CodeCharacter, target+bad, "a control character") // XML 1.0 2.2
	}
	t.pos = target + length + len("?>")
	t.instructions++
	return nil
}
