module atrio/test/oracles

go 1.26.1

require (
	atrio v0.0.0
	github.com/beevik/etree v1.7.0
	github.com/lestrrat-go/helium v0.8.0
	github.com/russellhaering/goxmldsig v1.6.1
)

require (
	github.com/jonboulle/clockwork v0.5.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace atrio => ../..
