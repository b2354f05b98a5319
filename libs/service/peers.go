package service

import (
	"errors"
	"fmt"
	"sync"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/mtls"
	"github.com/guanxi-crm/guanxi/libs/peer"
)

// peers are the connections to other services of ours, made when they are asked for first.
type peers struct {
	service   string
	addresses map[string]string
	token     peer.Token
	tls       mtls.Files

	mu    sync.Mutex
	conns map[string]*grpc.ClientConn
}

func newPeers(def Definition, cfg Config, given peer.Token) *peers {
	p := &peers{service: def.Name, addresses: cfg.Peers, token: given, tls: cfg.TLS.Files, conns: map[string]*grpc.ClientConn{}}
	if given == nil && cfg.PeerTokenFile != "" {
		p.token = peer.FromFile(cfg.PeerTokenFile)
	}
	return p
}

// Peer is a connection to another service of ours, for background work that needs what is fresh of it; calls of the API must not wait for another service. It
// carries this service's own token, not that of a caller. Calls always have a deadline, and those without side effects are repeated when the other one is
// UNAVAILABLE. It is the same connection every time and closed when the service has stopped; the other one need not be up. An error says which variable is to
// be set.
func (p *Platform) Peer(name string) (*grpc.ClientConn, error) { return p.peers.get(name) }

func (p *peers) get(name string) (*grpc.ClientConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if conn := p.conns[name]; conn != nil {
		return conn, nil
	}
	address := p.addresses[name]
	if address == "" {
		return nil, fmt.Errorf("service: %s needs the service %s, and %sPEERS does not say where it is", p.service, name, prefix)
	}
	if p.token == nil {
		return nil, fmt.Errorf("service: %s needs a token to call %s with, and %sPEER_TOKEN_FILE is not set", p.service, name, prefix)
	}
	conn, err := peer.Dial(address, "guanxi-"+p.service, peer.As(p.token), p.tls.Client())
	if err != nil {
		return nil, err
	}
	p.conns[name] = conn
	return conn, nil
}

func (p *peers) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, conn := range p.conns {
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}
