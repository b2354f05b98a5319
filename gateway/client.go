package gateway

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// remembered is of how many clients the gateway knows how much they have asked for. Of more, those that have been quiet longest are forgotten, and begin anew: what many
// addresses do together is for the services to limit.
const remembered = 50_000

// clients limits how often one client opens and sends forms.
type clients struct {
	proxies      []netip.Prefix
	views, sends *buckets
	now          func() time.Time
}

func newClients(cfg Config, now func() time.Time) (*clients, error) {
	c := &clients{now: now}
	for _, text := range cfg.TrustedProxies {
		proxy, err := parseNetwork(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("gateway: GUANXI_TRUSTED_PROXIES: %w", err)
		}
		c.proxies = append(c.proxies, proxy)
	}
	var err error
	if c.views, err = newBuckets(cfg.FormViews); err != nil {
		return nil, err
	}
	c.sends, err = newBuckets(cfg.FormSends)
	return c, err
}

// parseNetwork reads a network or a single address.
func parseNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err
}

// admit counts a request for a form, and refuses it when it is one too many.
func (c *clients) admit(r *http.Request) *refusal {
	all, limit := c.views, errTooManyViews
	if r.Method == http.MethodPost {
		all, limit = c.sends, errTooManySends
	}
	wait := all.wait(c.of(r), c.now())
	if wait == 0 {
		return nil
	}
	return &refusal{http.StatusTooManyRequests, limit.RetryAfter(wait)}
}

var (
	errTooManyViews = fault.New(codes.ResourceExhausted, "TOO_MANY_REQUESTS", fault.Text{
		En: "This page has been asked for too often from your network.", Zh: "您所在的网络访问此页面过于频繁。",
	})
	errTooManySends = fault.New(codes.ResourceExhausted, "TOO_MANY_REQUESTS", fault.Text{
		En: "Too much has been sent from your network within a short time, so this was not taken.", Zh: "您所在的网络短时间内提交过多，本次内容未被接收。",
	})
)

// of is the client that a request comes from: an address, of IPv6 the network of one subscriber (/64), who has all of its addresses.
func (c *clients) of(r *http.Request) netip.Prefix {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil { // not from a network
		return netip.Prefix{}
	}
	address := plain(peer.Addr())
	if c.trusts(address) {
		address = c.behind(address, r.Header.Values("X-Forwarded-For"))
	}
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	client, _ := address.Prefix(bits) // which are not too many
	return client
}

// behind is the nearest one, before the proxies that are ours, whom they say that they speak for. What stands before him he may have made up.
func (c *clients) behind(proxy netip.Addr, forwarded []string) netip.Addr {
	nearest := proxy
	for _, hop := range slices.Backward(strings.Split(strings.Join(forwarded, ","), ",")) {
		address, err := parseHop(strings.TrimSpace(hop))
		if err != nil {
			return nearest
		}
		if nearest = plain(address); !c.trusts(nearest) {
			return nearest
		}
	}
	return nearest
}

// parseHop reads an address with or without a port, as some proxies write it.
func parseHop(text string) (netip.Addr, error) {
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr(), nil
	}
	return netip.ParseAddr(text)
}

// plain is the address of IPv4 that one of IPv6 stands for, and one without a zone.
func plain(address netip.Addr) netip.Addr { return address.Unmap().WithZone("") }

func (c *clients) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(c.proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// buckets are the token buckets of many clients.
type buckets struct {
	perMinute int
	known     *lru.Cache[netip.Prefix, *rate.Limiter]
}

func newBuckets(perMinute int) (*buckets, error) {
	known, err := lru.New[netip.Prefix, *rate.Limiter](remembered)
	return &buckets{perMinute: perMinute, known: known}, err
}

// wait is how long a client has to wait; 0: it has taken a token.
func (b *buckets) wait(client netip.Prefix, now time.Time) time.Duration {
	if b.perMinute <= 0 {
		return 0
	}
	bucket, ok := b.known.Get(client)
	if !ok {
		bucket = rate.NewLimiter(rate.Limit(float64(b.perMinute)/time.Minute.Seconds()), b.perMinute)
		if before, taken, _ := b.known.PeekOrAdd(client, bucket); taken {
			bucket = before
		}
	}
	taken := bucket.ReserveN(now, 1)
	wait := taken.DelayFrom(now)
	if wait > 0 {
		taken.CancelAt(now)
	}
	return wait
}
