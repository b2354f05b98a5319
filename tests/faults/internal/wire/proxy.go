// Package wire is a TCP proxy that treats its connections badly: a bad network, on one machine.
package wire

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Weather is what a link does to what passes.
type Weather struct {
	// Delay is added to each piece on its way, in each direction.
	Delay time.Duration
	// Slice is the most bytes that pass at once; 0 is no limit.
	Slice int
}

// Proxy is a link to one address.
type Proxy struct {
	upstream string
	listener net.Listener
	wg       sync.WaitGroup

	mu      sync.Mutex
	weather Weather
	conns   map[*net.TCPConn]bool
	closed  bool
}

// Open opens a link that is closed by Close.
func Open(ctx context.Context, upstream string) (*Proxy, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{upstream: upstream, listener: listener, conns: map[*net.TCPConn]bool{}}
	p.wg.Go(p.accept)
	return p, nil
}

// Address is where the link begins.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Set changes the weather for what comes.
func (p *Proxy) Set(w Weather) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.weather = w
}

// Reset breaks all connections off, with what is on its way.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.SetLinger(0) // RST in place of FIN
		_ = conn.Close()
	}
}

// Close ends the link.
func (p *Proxy) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.Reset()
	p.wg.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.join(client.(*net.TCPConn)) })
	}
}

func (p *Proxy) join(client *net.TCPConn) {
	if !p.hold(client) {
		return
	}
	defer p.release(client)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", p.upstream)
	if err != nil {
		_ = client.SetLinger(0)
		return
	}
	server := conn.(*net.TCPConn)
	if !p.hold(server) {
		return
	}
	defer p.release(server)
	var both sync.WaitGroup
	both.Go(func() { p.pass(client, server) })
	both.Go(func() { p.pass(server, client) })
	both.Wait()
}

// hold keeps the connection for Reset. It closes it when the link is closed already.
func (p *Proxy) hold(conn *net.TCPConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = conn.Close()
		return false
	}
	p.conns[conn] = true
	return true
}

func (p *Proxy) release(conn *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
	_ = conn.Close()
}

// pass carries bytes one way until either side ends.
func (p *Proxy) pass(from, to *net.TCPConn) {
	defer func() { _, _ = from.CloseRead(), to.CloseWrite() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && p.deliver(to, buffer[:n]) != nil {
			_ = from.Close()
			return
		}
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				_ = to.CloseWrite()
			}
			return
		}
	}
}

func (p *Proxy) deliver(to *net.TCPConn, data []byte) error {
	p.mu.Lock()
	w := p.weather
	p.mu.Unlock()
	if w.Delay > 0 {
		<-time.After(w.Delay)
	}
	for len(data) > 0 {
		n := len(data)
		if w.Slice > 0 {
			n = min(n, w.Slice)
		}
		if _, err := to.Write(data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
