package certificate

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAlignTextsOfUnequalLength(t *testing.T) {
	words := func(prefix string, n int) []recognisedWord {
		var out []recognisedWord
		for i := range n {
			out = append(out, recognisedWord{text: fmt.Sprintf("%s%d", prefix, i)})
		}
		return out
	}
	for n := range 40 {
		for m := range 8 {
			left, right := 0, 0
			for _, p := range align(words("сөз", n), words("word", m)) {
				if p[0] != nil {
					left++
				}
				if p[1] != nil {
					right++
				}
			}
			require.Equal(t, []int{n, m}, []int{left, right})
		}
	}
}
