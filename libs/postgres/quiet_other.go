//go:build !unix

package postgres

import "net"

// quiet cannot look into a socket here: a connection that the server has closed shows at its next
// use.
func quiet(net.Conn) bool { return true }
