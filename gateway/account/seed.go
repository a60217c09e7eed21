package account

// Seed is an account made by hand, for the demonstration and for tests: nobody proved
// to be this person, so production commands never make one.
type Seed struct {
	Account
	// Attributes are what is known of the person; At is filled in.
	Attributes []Attribute
	Password   string
}
