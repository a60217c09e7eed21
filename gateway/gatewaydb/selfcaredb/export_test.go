package selfcaredb

// Erased is the list of tables for the test that holds it to the schema.
func Erased() []string { return erased }
