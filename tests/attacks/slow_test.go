package attacks

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Headers and bodies that never come to an end are given up on.
func (s *scene) slowRequests(t *testing.T) {
	t.Helper()
	auth := "Host: x\r\nAuthorization: Bearer " + s.ownersToken(t) + "\r\n"
	for name, test := range map[string]struct {
		start, drip string
		most        time.Duration
	}{
		"nothing":         {"", "", 8 * time.Second},
		"half a line":     {"GET /v1/cust", "", 8 * time.Second},
		"header by bytes": {"GET /v1/customers HTTP/1.1\r\n" + auth, "X-A: b\r\n", 8 * time.Second},
		"body by bytes":   {"POST /v1/customers HTTP/1.1\r\n" + auth + "Content-Length: 1000000\r\n\r\n", " ", 35 * time.Second},
		"chunks":          {"POST /v1/customers HTTP/1.1\r\n" + auth + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 35 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if took := drip(t, s.Stage.HTTP, test.start, test.drip); took > test.most {
						t.Errorf("the connection was held for %s", took)
					}
				})
			}
			time.Sleep(time.Second)
			for way, play := range transports {
				require.Zero(t, s.by(t, owner, play, s.harmless(t)).Status.GetCode(), "others are answered over %s", way)
			}
			wg.Wait()
		})
	}
}

// drip sends a little every so often until the other side has enough, and says how long that took.
func drip(t *testing.T, address, start, more string) time.Duration {
	t.Helper()
	began := time.Now()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer func() { _ = conn.Close() }()
	closed := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, conn)
		close(closed)
	}()
	_, err = io.WriteString(conn, start)
	for err == nil {
		select {
		case <-closed:
			return time.Since(began)
		case <-time.After(250 * time.Millisecond):
			_, err = io.WriteString(conn, more)
		}
	}
	return time.Since(began)
}
