package reports

import "testing"

// AllowLinks has a sheet take only so many links in a test, and gives how many it takes in truth.
func AllowLinks(t *testing.T, n int) (truth int) {
	truth, maxLinks = maxLinks, n
	t.Cleanup(func() { maxLinks = truth })
	return truth
}
