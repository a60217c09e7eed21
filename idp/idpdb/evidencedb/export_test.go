package evidencedb

// TablesForgotten lists the tables whose rows end with a request or an identity, and those
// that end by a rule of their own.
func TablesForgotten() (list []string) {
	for _, parts := range [][]part{partsOfRequest, partsOfHolder, partsOfIdentity} {
		for _, p := range parts {
			list = append(list, p.table)
		}
	}
	// Evidence is the vault's; accesses end after 24 months, codes after minutes; a lease is
	// no person's.
	return append(list, "evidence", "evidence_recording", "evidence_working", "ledger", "access", "sms_code", "job_lease")
}
