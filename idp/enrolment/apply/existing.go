package apply

import (
	"context"
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/passwordrule"
	"atrio/web"
)

// Customer is who the issuer's shop knows.
type Customer struct{ ID, Email string }

// ErrShop: the shop knows no customer with this name and password. Which of the two is
// wrong it does not say.
var ErrShop = fault.New(fault.Denied, "enrol.existing.wrong").For("shop_credentials")

// Shop is the issuer's shop; shop.Client is one.
type Shop interface {
	// Check finds the customer with these credentials; ErrShop when there is none.
	Check(ctx context.Context, user, password string) (Customer, error)
	// SetPassword tells the shop the password that holds from now on, for both. Its
	// sessions of the customer end.
	SetPassword(ctx context.Context, customer, password string) error
}

// recognised is a customer who has to choose another password first, in the sealed
// cookie: for a short time, since it stands for their password.
type recognised struct {
	ID       string              `json:"i"`
	Email    string              `json:"e"`
	Consents []enrolment.Consent `json:"c"`
	Until    time.Time           `json:"u"`
}

const recognisedLife = 15 * time.Minute

// existing is "Ho già un account". // E18
func (h *Handler) existing(w http.ResponseWriter, r *http.Request) error {
	if h.Shop == nil {
		return web.Redirect(w, r, accountPath)
	}
	if _, there, err := h.chosen(w, r); err != nil || !there {
		return err
	}
	return h.accountPage(w, r, http.StatusOK, "existing", accountView{})
}

// link asks the shop who it is and joins its account to the request. The mailbox is
// confirmed as for everybody. // E18, E19
func (h *Handler) link(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if h.Shop == nil {
		return web.Redirect(w, r, accountPath)
	}
	d, there, err := h.chosen(w, r)
	if err != nil || !there {
		return err
	}
	who, err := h.human(f)
	if err != nil {
		return err
	}
	user, secret := f.Text("email", web.Required, web.Max(identity.MaxUserID)), f.Secret("password")
	consents := h.readConsents(f, web.Lang(r), h.Now())
	v := accountView{Errors: f.Errors, Email: f.Value("email"), Consents: ticked(consents)}
	if !f.OK() {
		return h.accountPage(w, r, http.StatusUnprocessableEntity, "existing", v)
	}
	customer, err := h.recognise(r, user, secret)
	if err == nil {
		err = h.join(w, r, d, who, recognised{ID: customer.ID, Email: customer.Email, Consents: consents}, secret)
	}
	if fault.Is(err, fault.Denied) {
		f.Fail("password", ErrShop.Key)
		v.Errors = f.Errors
		return h.accountPage(w, r, http.StatusUnprocessableEntity, "existing", v)
	}
	if err != nil {
		return h.wait(w, r, "existing", v, err)
	}
	return nil
}

// recognise asks the shop, within limits: its passwords are tried here like anybody's.
func (h *Handler) recognise(r *http.Request, user, secret string) (Customer, error) {
	ctx := r.Context()
	if err := h.Limiter.Allow(ctx, h.Limits.ShopNetwork, web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return Customer{}, err
	}
	if err := h.Limiter.Allow(ctx, h.Limits.ShopUser, identity.Login(user)); err != nil {
		return Customer{}, err
	}
	return h.Shop.Check(ctx, user, secret)
}

// join opens the request with the shop's password, or asks for a better one first: the
// only time that it is seen in clear is now. // E20
func (h *Handler) join(w http.ResponseWriter, r *http.Request, d draft, who Human, c recognised, secret string) error {
	broken, err := passwordrule.Check(secret, h.Breached, c.Email, h.Provider)
	if err != nil {
		return err
	}
	if len(broken) > 0 {
		c.Until = h.Now().Add(recognisedLife)
		d.Customer = &c
		if err := h.keep(w, d); err != nil {
			return err
		}
		return web.Redirect(w, r, renewPath)
	}
	if err := h.admit(r.Context(), r, who, identity.Login(c.Email)); err != nil {
		return err
	}
	if err := h.opening(w, r, d, opened{email: c.Email, password: secret, customer: c.ID, consents: c.Consents}); err != nil {
		return err
	}
	return web.Redirect(w, r, createdPath)
}

// renewing opens the draft of a customer who chooses another password.
func (h *Handler) renewing(w http.ResponseWriter, r *http.Request) (d draft, there bool, err error) {
	if h.Shop == nil {
		return d, false, web.Redirect(w, r, accountPath)
	}
	d, there, err = h.chosen(w, r)
	if err != nil || !there {
		return d, false, err
	}
	if d.Customer == nil || !h.Now().Before(d.Customer.Until) {
		return d, false, web.Redirect(w, r, existingPath)
	}
	return d, true, nil
}

func (h *Handler) renew(w http.ResponseWriter, r *http.Request) error {
	d, there, err := h.renewing(w, r)
	if err != nil || !there {
		return err
	}
	return h.accountPage(w, r, http.StatusOK, "renew", accountView{Email: d.Customer.Email})
}

// linkRenewed takes the password that holds for both from now on. The shop is told
// first: what cannot be told there must not differ here. // E20, E21
func (h *Handler) linkRenewed(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	d, there, err := h.renewing(w, r)
	if err != nil || !there {
		return err
	}
	who, err := h.human(f)
	if err != nil {
		return err
	}
	c := *d.Customer
	secret, err := h.readPassword(f, c.Email)
	if err != nil {
		return err
	}
	v := accountView{Errors: f.Errors, Email: c.Email}
	if !f.OK() {
		return h.accountPage(w, r, http.StatusUnprocessableEntity, "renew", v)
	}
	err = h.admit(r.Context(), r, who, identity.Login(c.Email))
	if err == nil {
		err = h.Shop.SetPassword(r.Context(), c.ID, secret)
	}
	if err == nil {
		err = h.opening(w, r, d, opened{email: c.Email, password: secret, customer: c.ID, consents: c.Consents})
	}
	if err != nil {
		return h.wait(w, r, "renew", v, err)
	}
	return web.Redirect(w, r, createdPath)
}
