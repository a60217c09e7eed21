package mrtd_test

import (
	"context"
	"fmt"

	"atrio/mrtd"
	"atrio/mrtd/mrtdtest"
)

// A document is read by somebody who carries bytes, here a document made of software,
// and judged by what the caller believes.
func Example() {
	world := mrtdtest.NewWorld(12, mrtdtest.Years(today, 3, 15), mrtdtest.Years(today, 1, 10))
	document := world.Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12)))
	chip := mrtdtest.Insert(document)

	key, err := mrtd.KeyFromZone("PR0000001", "850412", "330411")
	if err != nil {
		fmt.Println(err)
		return
	}
	reading, err := mrtd.Reader{Key: key}.Read(context.Background(), chip)
	if err != nil {
		fmt.Println(mrtd.Reasons(err))
		return
	}
	verdict, err := mrtd.Judge(reading, world.Trust(), today)
	if err != nil {
		fmt.Println(mrtd.Reasons(err))
		return
	}
	fmt.Println(verdict.Zone.GivenNames, verdict.Zone.Surname, verdict.PersonalNumberFrom, verdict.Portrait.Type)

	_, err = mrtd.Judge(reading, world.Trust(), today.AddDate(7, 0, 0))
	fmt.Println(mrtd.Reasons(err))
	// Output:
	// ANNA FINTA PROVA DG11 image/jpeg
	// [expired_document]
}
