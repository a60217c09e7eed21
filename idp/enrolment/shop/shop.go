// Package shop speaks with the issuer's shop, whose customers bring their account to a
// request: one password for both from then on.
//
// The shop stays outside: it keeps its customers and its hashes, and is reached over two
// calls with a shared secret. The other way round it brings a changed password together
// with the one before, which is compared here: what the shop alone decides, such as its
// own recovery, never sets a password of SPID. // docs/decisions/0036-issuer-shop.md, E18–E21
package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/base/setting"
	"atrio/idp/enrolment/apply"
)

// Client asks the shop.
type Client struct {
	// URL is where the shop answers; Secret proves who asks.
	URL    string
	Secret setting.Secret
	// HTTP is the client; one that follows no redirect when nil.
	HTTP *http.Client
}

var _ apply.Shop = (*Client)(nil)

const (
	// patience is how long a person waits for the shop at most.
	patience = 5 * time.Second
	// maxBody bounds what either side says.
	maxBody = 4 << 10
	// maxID bounds the shop's name of a customer.
	maxID = 64
)

// errShop: the shop does not answer, or not as agreed.
var errShop = fault.New(fault.Unavailable, "error.unavailable").For("shop_silent")

// Check finds the customer with these credentials.
func (c *Client) Check(ctx context.Context, user, password string) (apply.Customer, error) {
	var found struct {
		ID    string `json:"id"`
		Email string `json:"email"`
	}
	status, err := c.post(ctx, "/api/check", map[string]string{"user": user, "password": password}, &found)
	switch {
	case err != nil:
		return apply.Customer{}, err
	case status == http.StatusForbidden:
		return apply.Customer{}, apply.ErrShop
	case status != http.StatusOK || found.ID == "" || len(found.ID) > maxID || !address(found.Email):
		return apply.Customer{}, errShop.For("shop_answer")
	}
	return apply.Customer{ID: found.ID, Email: found.Email}, nil
}

// SetPassword tells the shop the password that holds from now on.
func (c *Client) SetPassword(ctx context.Context, customer, password string) error {
	status, err := c.post(ctx, "/api/password", map[string]string{"customer": customer, "password": password}, nil)
	if err == nil && status != http.StatusNoContent {
		err = errShop.For("shop_answer")
	}
	return err
}

// post sends JSON; errors never repeat what was sent.
func (c *Client) post(ctx context.Context, path string, body map[string]string, into any) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	sent, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+path, bytes.NewReader(sent))
	if err != nil {
		return 0, errShop.Because(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.Secret.Reveal())
	res, err := c.client().Do(r)
	if err != nil {
		return 0, errShop.Because(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if err != nil {
		return 0, errShop.Because(err)
	}
	if into != nil && res.StatusCode == http.StatusOK && json.Unmarshal(answer, into) != nil {
		return 0, errShop.For("shop_answer")
	}
	return res.StatusCode, nil
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	// A password is not carried on to wherever an answer points.
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// address tells whether the shop's address can be a User ID: it is typed in no form of ours.
func address(email string) bool {
	local, domain, ok := strings.Cut(email, "@")
	return ok && local != "" && len(local) <= 64 && strings.Contains(strings.Trim(domain, "."), ".") && len(email) <= 254 &&
		!strings.ContainsFunc(email, func(c rune) bool { return c <= ' ' || c > '~' }) && !strings.ContainsAny(email, "<>\",;:\\()[]") && !strings.Contains(domain, "@")
}

// read takes the JSON of a call: strict, since both sides are programs.
func read(r *http.Request, into any) error {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(raw) > maxBody {
		return errors.Join(errCall, err)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return errCall
	}
	return nil
}

var errCall = errors.New("shop: not the call that was agreed")
