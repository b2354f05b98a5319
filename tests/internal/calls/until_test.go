package calls_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/tests/internal/calls"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// What takes a while is waited for, over both transports; the clock moves once only.
func TestUntil(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]calls.Play{"gRPC": calls.OverGRPC, "HTTP": calls.OverHTTP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stage.Start(t, profile.Definition())
			p := &calls.Performer{
				Scope: calls.Scope{Here: "cn", Answers: map[string]any{}}, Package: "guanxi.other.v1", Stage: s, Play: play,
			}
			later := time.Now().Add(300 * time.Millisecond)
			tries, began := 0, s.Clock.Now()
			list := calls.Call{RPC: "guanxi.profile.v1.CustomerService/ListCustomers", After: time.Minute, Request: map[string]any{}}
			p.Repeat(t, list, func(o calls.Outcome) []string {
				tries++
				if time.Now().Before(later) {
					return []string{"too early"}
				}
				p.Do(t, calls.Call{ID: "made", RPC: "guanxi.profile.v1.CustomerService/CreateCustomer", Request: map[string]any{
					"customer": map[string]any{"displayName": "x", "kind": "ORGANIZATION", "territory": "cn"},
				}})
				return nil
			})
			require.Greater(t, tries, 2)
			require.Equal(t, time.Minute, s.Clock.Now().Sub(began))
			list.After, list.Until = 0, map[string]any{"customers": []any{map[string]any{"name": "${made.name}"}}}
			require.Zero(t, p.Do(t, list).Status.GetCode())
		})
	}
}
