package spid

// AcceptanceProvider is the entityID of the provider that `atrio check` plays. Names under
// .invalid never resolve (RFC 6761 6.4), so nothing that is sent there by mistake arrives.
const AcceptanceProvider = "https://validator.atrio.invalid"

// TestProviders are the entityIDs of AgID's validator, of its demonstration, and of our
// own provider for the acceptance: they answer for nobody, so that people may choose them during the acceptance of a service
// only. // SPID-RT registro
func TestProviders() []string {
	return []string{"https://validator.spid.gov.it", "https://demo.spid.gov.it", "https://demo.spid.gov.it/validator", AcceptanceProvider}
}
