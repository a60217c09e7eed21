package screening_test

import (
	"strings"
	"testing"

	"atrio/idp/backoffice/screening"
)

// A40
func TestAListOfTheDeceasedIsReadWholeOrNotAtAll(t *testing.T) {
	list, err := screening.ReadList(strings.NewReader("# elenco\n\nprvrme80a01h501f # una riga\n"))
	if err != nil || !list.Deceased("PRVRME80A01H501F") || list.Deceased("PRVDAA90E44F205X") {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := screening.ReadList(strings.NewReader("PRVRME80A01H501F\nPRVRME80A01H501A\n")); err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "PRV") {
		t.Errorf("a broken line: %v", err)
	}
	if _, err := screening.OpenList(t.TempDir() + "/none"); err == nil {
		t.Error("a list that is not there is empty")
	}
}
