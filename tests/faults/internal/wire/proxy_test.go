package wire

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// echo is a server that says again what it hears, behind a link.
func echo(t *testing.T) (*Proxy, net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	p, err := Open(t.Context(), listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(p.Close)
	conn, err := net.Dial("tcp", p.Address())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return p, conn
}

func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_, err := conn.Write([]byte(text))
	require.NoError(t, err)
	heard := make([]byte, len(text))
	_, err = io.ReadFull(conn, heard)
	require.NoError(t, err)
	require.Equal(t, text, string(heard))
}

func TestWhatPassesIsWhole(t *testing.T) {
	t.Parallel()
	p, conn := echo(t)
	say(t, conn, "hello")
	p.Set(Weather{Slice: 3})
	say(t, conn, "hello again, in small pieces")
	p.Set(Weather{Delay: 30 * time.Millisecond})
	start := time.Now()
	say(t, conn, "slowly")
	require.GreaterOrEqual(t, time.Since(start), 60*time.Millisecond, "both ways")
}

func TestResetBreaksConnectionsAndLetsNewOnesIn(t *testing.T) {
	t.Parallel()
	p, conn := echo(t)
	say(t, conn, "hello")
	p.Reset()
	_, err := conn.Read(make([]byte, 1))
	require.Error(t, err)
	again, err := net.Dial("tcp", p.Address())
	require.NoError(t, err)
	defer again.Close()
	say(t, again, "hello")
	p.Close()
	_, err = net.Dial("tcp", p.Address())
	require.Error(t, err)
}

func TestNobodyBehindTheLink(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	p, err := Open(t.Context(), listener.Addr().String())
	require.NoError(t, err)
	defer p.Close()
	if conn, err := net.Dial("tcp", p.Address()); err == nil { // the reset may come before or after
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
		require.Error(t, err)
	}
}
