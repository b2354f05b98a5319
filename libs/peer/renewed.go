package peer

import (
	"time"

	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/dns"
)

// renewEvery is how often the addresses of a service are looked up again.
const renewEvery = 5 * time.Second

//nolint:gochecknoinits // gRPC takes it before the first connection only
func init() { dns.SetMinResolutionInterval(time.Second) }

// renewed has the addresses of a service looked up again and again. By itself gRPC does so when a connection ends, and within half a minute not twice: a replica that has come
// since gets no calls, and when the last one of those before it goes, there are none to call for as long.
type renewed struct {
	resolver.Builder
	every time.Duration
}

// Build implements resolver.Builder.
func (b renewed) Build(target resolver.Target, conn resolver.ClientConn, options resolver.BuildOptions) (resolver.Resolver, error) {
	inner, err := b.Builder.Build(target, conn, options)
	if err != nil {
		return nil, err
	}
	r := &renewing{Resolver: inner, closed: make(chan struct{})}
	go r.run(b.every)
	return r, nil
}

type renewing struct {
	resolver.Resolver
	closed chan struct{}
}

func (r *renewing) run(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-r.closed:
			return
		case <-ticker.C:
			r.ResolveNow(resolver.ResolveNowOptions{})
		}
	}
}

// Close implements resolver.Resolver.
func (r *renewing) Close() {
	close(r.closed)
	r.Resolver.Close()
}
