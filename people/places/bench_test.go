package places

import (
	"testing"
	"time"

	"atrio/assets"
)

// A search stays below a millisecond: the longest are those for one letter.
func BenchmarkSearch(b *testing.B) {
	d := open(b)
	on := time.Date(1983, 5, 10, 0, 0, 0, 0, time.UTC)
	for _, text := range []string{"s", "san", "san giovanni", "reggio nell'emilia", "forlì", "nowhere"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				d.Search(Query{Text: text, On: on, Limit: most})
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	d := open(b)
	on := time.Date(1983, 5, 10, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		d.Find("A744", on)
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := Open(assets.FS()); err != nil {
			b.Fatal(err)
		}
	}
}
