package person

import "testing"

func TestLevelsAreOneTwoThree(t *testing.T) {
	for n := -1; n <= 5; n++ {
		l, err := ParseLevel(n)
		if ok := n >= 1 && n <= 3; ok != (err == nil) || ok && l != Level(n) || !ok && l != 0 {
			t.Errorf("%d: %v %v", n, l, err)
		}
	}
}

func TestAttributesThatWereNotAssertedAreEmpty(t *testing.T) {
	a := Assertion{Attributes: map[string]string{GivenName: "Anna"}}
	if a.Attribute(GivenName) != "Anna" || a.Attribute(Email) != "" || (Assertion{}).Attribute(Email) != "" {
		t.Error("Attribute is wrong")
	}
}
