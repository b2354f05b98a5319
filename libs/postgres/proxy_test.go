package postgres_test

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// proxy stands between a DB and its server and spoils the connection.
type proxy struct {
	upstream string
	mu       sync.Mutex
	silent   bool   // swallow everything
	cutAfter []byte // pass on what contains this, and break off in place of the answer
	cut      bool
}

// behindProxy opens a database through a proxy.
func behindProxy(t *testing.T) (*postgres.DB, *proxy) {
	t.Helper()
	u, err := url.Parse(testkit.DatabaseURL(t, notes))
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	p := &proxy{upstream: u.Host}
	u.Host = listener.Addr().String()
	go p.serve(listener)
	return testkit.Open(t, postgres.Config{URL: u.String()}), p
}

func (p *proxy) spoil(change func(*proxy)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *proxy) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.upstream)
		if err != nil {
			_ = client.Close()
			continue
		}
		go p.pass(client, server, true)
		go p.pass(server, client, false)
	}
}

func (p *proxy) pass(from, to net.Conn, request bool) {
	defer func() { _ = from.Close(); _ = to.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		silent, broken := p.silent, p.cut && !request
		if request && p.cutAfter != nil && bytes.Contains(buffer[:n], p.cutAfter) {
			p.cut, p.cutAfter = true, nil
		}
		p.mu.Unlock()
		if broken {
			p.spoil(func(p *proxy) { p.cut = false })
			return
		}
		if silent {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
