package part

import "strconv"

// Plain writes a whole number for machines: no groups, no sign but the minus.
func Plain(n int) string { return strconv.Itoa(n) }
