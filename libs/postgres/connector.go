package postgres

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net"
	"time"

	"github.com/lib/pq"
)

// cancelWithin bounds the side connection over which lib/pq cancels a statement, for which the
// caller waits.
const cancelWithin = time.Second

// connector opens connections of our kind for database/sql.
type connector struct{ *pq.Connector }

func newConnector(config Config) (*connector, error) {
	settings, err := config.driver()
	if err != nil {
		return nil, err
	}
	inner, err := pq.NewConnectorConfig(settings)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	inner.Dialer(dialer{&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3,
	}}})
	return &connector{inner}, nil
}

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	o := &opening{release: func() bool { return true }}
	o.watch = func(socket net.Conn) func() bool {
		return context.AfterFunc(ctx, func() { _ = socket.Close() })
	}
	inner, err := c.Connector.Connect(context.WithValue(ctx, openingKey{}, o))
	if inTime := o.release(); !inTime && err == nil {
		err = ctx.Err()
		_ = inner.Close()
	}
	if err != nil {
		return nil, err
	}
	session, ok := inner.(session)
	if !ok {
		_ = inner.Close()
		return nil, fmt.Errorf("postgres: the driver's %T lacks what a connection needs", inner)
	}
	return newConn(session, o.socket), nil
}

// opening is a connection being made. The context closes its socket until release is called: lib/pq
// heeds the context while dialling only, not during the handshake.
type opening struct {
	socket  net.Conn
	watch   func(socket net.Conn) (release func() bool)
	release func() (inTime bool)
}

type openingKey struct{}

type dialer struct{ *net.Dialer }

// DialContext implements pq.DialerContext. A call that Connect did not make is a cancel request.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if o, ok := ctx.Value(openingKey{}).(*opening); ok {
		c, err := d.Dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		o.release() // the socket of an attempt before this one
		o.socket, o.release = c, o.watch(c)
		return c, nil
	}
	ctx, stop := context.WithTimeout(ctx, cancelWithin)
	defer stop()
	c, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return cancelConn{c}, c.SetDeadline(time.Now().Add(cancelWithin))
}

// cancelConn keeps its deadline: lib/pq would put the longer one of connecting in its place.
type cancelConn struct{ net.Conn }

// SetDeadline implements net.Conn.
func (cancelConn) SetDeadline(time.Time) error { return nil }

// DialTimeout implements pq.Dialer.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, stop := context.WithTimeout(context.Background(), timeout)
	defer stop()
	return d.Dialer.DialContext(ctx, network, address)
}
