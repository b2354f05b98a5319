// Package calls makes calls that are written down as data, over gRPC and over HTTP.
package calls

import (
	"context"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// Call is a call of an RPC.
type Call struct {
	// ID makes the answer known to later calls of the case: ${id.name}, ${id.customers.0.etag}.
	ID string
	// RPC is Service/Method, of another package than the file's guanxi.<service>.v1.Service/Method.
	RPC string
	// As says who calls; what is left out is alice, a MANAGER, in ${here}.
	As Caller
	// After is how far the clock moves before the call.
	After time.Duration
	// Request is the proto's JSON.
	Request map[string]any
	// Messages are what goes into a stream, the proto's JSON each, instead of a request. Each one is answered before the next is sent.
	Messages []map[string]any
	// Until is what the answer must come to hold, as in the wanted answer of a case; {} is any good answer. Events take a while from service to service: the call,
	// which must be read-only, is made again until it does, for at most ten seconds.
	Until map[string]any
}

// Caller is whose token goes with a call.
type Caller struct {
	Subject       string
	Level         string
	Territories   []string
	Administrator bool
}

// Method is the descriptor of the RPC.
func (c Call) Method(pkg string) (protoreflect.MethodDescriptor, error) {
	service, name := path.Split(c.RPC)
	if service == "" {
		return nil, fmt.Errorf("rpc %q: want Service/Method", c.RPC)
	}
	full := protoreflect.FullName(service[:len(service)-1] + "." + name)
	if !strings.Contains(service, ".") {
		full = protoreflect.FullName(pkg) + "." + full
	}
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(full)
	if err != nil {
		return nil, fmt.Errorf("rpc %q: %w", c.RPC, err)
	}
	method, ok := found.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, fmt.Errorf("rpc %q is no method", c.RPC)
	}
	return method, nil
}

// Performer makes the calls of one scope.
type Performer struct {
	Scope

	Package string
	Stage   *stage.Stage
	Play    Play
}

// Do makes one call, again if it has to wait for its answer, and remembers the answer.
func (p *Performer) Do(t testing.TB, c Call) Outcome {
	t.Helper()
	if c.Until == nil {
		return p.once(t, c)
	}
	expanded, err := p.Expand(c.Until)
	require.NoError(t, err)
	return p.Repeat(t, c, func(o Outcome) []string {
		if o.Status.GetCode() != 0 {
			return []string{o.Status.GetMessage()}
		}
		return Differ(expanded, o.Last(), "answer")
	})
}

// Repeat makes a read-only call until nothing is wrong with its outcome, or has not come right in time.
func (p *Performer) Repeat(t testing.TB, c Call, wrong func(Outcome) []string) Outcome {
	t.Helper()
	method, err := c.Method(p.Package)
	require.NoError(t, err)
	require.True(t, idempotency.ReadOnly(method), "%s changes something and is not for repeating", c.RPC)
	began := time.Now()
	for {
		o := p.once(t, c)
		found := wrong(o)
		if len(found) == 0 {
			return o
		}
		require.Less(t, time.Since(began), testkit.Patience, "%s has not come right: %s", c.RPC, strings.Join(found, "; "))
		c.After = 0
		time.Sleep(20 * time.Millisecond)
	}
}

func (p *Performer) once(t testing.TB, c Call) Outcome {
	t.Helper()
	return p.DoWith(t, p.Stage.Token(t, p.Principal(t, c.As)), c)
}

// DoWith is Do with a token that may be anything.
func (p *Performer) DoWith(t testing.TB, token string, c Call) Outcome {
	t.Helper()
	method, err := c.Method(p.Package)
	require.NoError(t, err)
	sent := c.Messages
	if !method.IsStreamingClient() {
		sent = []map[string]any{c.Request}
	}
	var messages []proto.Message
	for _, m := range sent {
		expanded, err := p.Expand(m)
		require.NoError(t, err)
		message, err := build(method.Input(), expanded)
		require.NoError(t, err)
		messages = append(messages, message)
	}
	p.Stage.Clock.Advance(c.After)
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	o, err := p.Play(ctx, p.Stage, token, method, messages)
	require.NoError(t, err, c.RPC)
	if c.ID != "" {
		p.Answers[c.ID] = o.Last()
	}
	return o
}

// Principal is the caller with what was left out filled in.
func (p *Performer) Principal(t testing.TB, c Caller) auth.Principal {
	t.Helper()
	who := auth.Principal{Subject: "alice", Level: typev1.Level_MANAGER, Administrator: c.Administrator}
	if c.Subject != "" {
		who.Subject = c.Subject
	}
	if c.Level != "" {
		level, ok := typev1.Level_value[c.Level]
		require.True(t, ok, "level %q", c.Level)
		who.Level = typev1.Level(level)
	}
	for _, territory := range c.Territories {
		expanded, err := p.Expand(territory)
		require.NoError(t, err)
		who.Territories = append(who.Territories, fmt.Sprint(expanded))
	}
	if c.Territories == nil {
		who.Territories = []string{p.Here}
	}
	return who
}
