package gateway_test

import "atrio/web/webtest"

type page = webtest.Page
