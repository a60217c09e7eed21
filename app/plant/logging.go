package plant

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"atrio/app/config"
)

// hidden are attribute names whose value never reaches a log: whatever a
// handler logs by mistake under one of them is replaced. Pages and texts hold
// the rest of the promise: paths are logged without query, persons as ids.
var hidden = map[string]bool{
	"password": true, "secret": true, "token": true, "code": true, "otp": true, "cookie": true,
	"authorization": true, "samlresponse": true, "samlrequest": true, "relaystate": true,
	"fiscal_code": true, "codice_fiscale": true, "fiscalnumber": true, "email": true, "phone": true,
	"name": true, "given_name": true, "family_name": true, "id_token": true, "access_token": true, "refresh_token": true,
	"query": true, "body": true,
}

// newLogger writes structured lines to w.
func newLogger(w io.Writer, c config.Log) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cmp.Or(c.Level, "info"))); err != nil {
		return nil, fmt.Errorf("log.level: %q is not debug, info, warn or error", c.Level)
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	switch cmp.Or(c.Format, "json") {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log.format: %q is not json or text", c.Format)
}

// redact replaces the values of hidden attributes, in groups too.
func redact(_ []string, a slog.Attr) slog.Attr {
	if hidden[strings.ToLower(a.Key)] {
		return slog.String(a.Key, "[hidden]")
	}
	return a
}

// roleLogger marks every line with the role that wrote it.
func roleLogger(base *slog.Logger, role string) *slog.Logger {
	return base.With(slog.String("role", role))
}
