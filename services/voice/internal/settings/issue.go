package settings

import "time"

// Issue says when cases tell of the same issue, and when an issue recurs.
type Issue struct {
	// Threshold is the similarity from which on a case joins a group.
	Threshold float64
	// Text, Product and Cause are the weights of the similarity's parts.
	Text, Product, Cause float64
	// Cases within Window make a recurring issue.
	Cases  int
	Window time.Duration
	// Steps are the sizes at which growth is announced, ascending.
	Steps []int
	// A and B are the shares that classes A, and A and B together, make up.
	A, B float64
}
