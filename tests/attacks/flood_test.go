package attacks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/dynamicpb"
)

// maxGrowth is how much the memory of the whole process, attackers included, may grow while it is flooded.
const maxGrowth = 128 << 20

// within bounds a call, generously: floods are hard on a small machine.
const within = time.Minute

// alone keeps two floods from being measured as one.
var alone sync.Mutex

// bounded runs an attack and holds the process to its memory; the product must answer others as before.
func (s *scene) bounded(t *testing.T, attack func()) {
	t.Helper()
	alone.Lock()
	defer alone.Unlock()
	runtime.GC()
	var start runtime.MemStats
	runtime.ReadMemStats(&start)
	done, most := make(chan struct{}), make(chan uint64)
	go func() {
		var top uint64
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			top = max(top, now.HeapAlloc)
			select {
			case <-done:
				most <- top
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	attack()
	close(done)
	top := <-most
	require.Less(t, top, start.HeapAlloc+maxGrowth, "the memory grew without bounds")
	for way, play := range transports {
		require.Zero(t, s.by(t, owner, play, s.harmless(t)).Status.GetCode(), "others are answered over %s", way)
	}
}

// endless is a body of so many bytes, made as it is read.
func endless(n int64) io.Reader { return io.LimitReader(zeros{}, n) }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func (s *scene) largeBodies(t *testing.T) {
	t.Helper()
	const size, at = 100 << 20, 16
	token := s.ownersToken(t)
	s.bounded(t, func() {
		var wg sync.WaitGroup
		for i := range at {
			wg.Go(func() {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Stage.HTTP+"/v1/customers", endless(size))
				if err != nil {
					t.Error(err)
					return
				}
				if i%2 == 0 {
					request.ContentLength = size
				}
				request.Header.Set("Authorization", "Bearer "+token)
				response, err := http.DefaultTransport.RoundTrip(request)
				if err != nil { // cut off while it was still sending
					return
				}
				_ = response.Body.Close()
				if response.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("a body of 100 MB: %s", response.Status)
				}
			})
		}
		wg.Wait()
	})
}

// What is packed small and unpacked large is refused for what it is unpacked.
func (s *scene) largeMessagesOverGRPC(t *testing.T) {
	t.Helper()
	c := s.harmless(t)
	method, err := c.Method(s.Package)
	require.NoError(t, err)
	name := fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
	conn := s.dial(t)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+s.ownersToken(t))
	large := map[string]bytesOf{encoding.Identity: make(bytesOf, 4<<20), gzip.Name: make(bytesOf, 16<<20)}
	s.bounded(t, func() {
		for packed, message := range large {
			options := []grpc.CallOption{grpc.UseCompressor(packed)}
			for range 2 {
				ctx, cancel := context.WithTimeout(ctx, within)
				err := conn.Invoke(ctx, name, message, dynamicpb.NewMessage(method.Output()), append(options, grpc.ForceCodec(asItIs{}))...)
				cancel()
				require.Equal(t, codes.ResourceExhausted, status.Code(err), "%v", err)
			}
		}
		// Groups within groups, as many as fit: a parser that goes down with them would need its stack.
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		err := conn.Invoke(ctx, name, bytesOf(strings.Repeat("\xfb\x7f", 500_000)), dynamicpb.NewMessage(method.Output()), grpc.ForceCodec(asItIs{}))
		require.Contains(t, []codes.Code{codes.Internal, codes.InvalidArgument}, status.Code(err), "%v", err)
	})
}

// asItIs sends bytes for messages.
type asItIs struct{}

type bytesOf []byte

func (asItIs) Marshal(v any) ([]byte, error) {
	text, ok := v.(bytesOf)
	if !ok {
		return nil, errors.New("not bytes")
	}
	return text, nil
}

func (asItIs) Unmarshal([]byte, any) error { return nil }
func (asItIs) Name() string                { return "proto" }

// Expressions as deep, long or odd as fit into a filter are understood or refused, soon.
func (s *scene) filtersToChokeOn(t *testing.T) {
	t.Helper()
	longest := func(open, middle, end string) string {
		n := (1990 - len(middle)) / (len(open) + len(end))
		return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
	}
	term := `create_time > "2001-01-01T00:00:00Z"`
	tried := 0
	for _, c := range s.Calls {
		if !s.takes(t, c, "filter") {
			continue
		}
		for _, filter := range []string{
			longest("(", term, ")"), longest("NOT ", term, ""), longest("NOT(", term, ")"), longest("-", term, ""), longest("f(", "x", ")"),
			longest(term+" OR ", term, ""), longest(term+" ", term, ""), longest("(", "", ""), longest("a.", "b = 1", ""), longest("", "create_time = \"", "\\"),
			`create_time > "` + strings.Repeat("9", 1900) + `"`, "create_time > -9223372036854775809", `x = "` + "\u202e\ufeff" + `"`, "(((((", `"`, "*", "=", "\\",
		} {
			for way, play := range transports {
				began := time.Now()
				o := s.by(t, owner, play, with(c, "filter", filter))
				require.Contains(t, []codes.Code{codes.OK, codes.InvalidArgument}, codes.Code(o.Status.GetCode()), "%s over %s: %.60s: %v", c.RPC, way, filter, o.Status)
				require.Less(t, time.Since(began), 20*time.Second, "%.60s", filter)
				tried++
			}
		}
	}
	t.Logf("%d filters", tried)
}

// dial makes a connection of its own.
func (s *scene) dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(s.Stage.Address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}
