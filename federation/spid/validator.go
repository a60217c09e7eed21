package spid

// TestProviders are the entityIDs of AgID's validator and of its demonstration: they
// answer for nobody, so that people may choose them during the acceptance of a service
// only. // SPID-RT registro
func TestProviders() []string {
	return []string{"https://validator.spid.gov.it", "https://demo.spid.gov.it", "https://demo.spid.gov.it/validator"}
}
