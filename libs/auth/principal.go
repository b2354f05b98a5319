// Package auth says who calls and what he may: the caller's token is verified here, and each RPC is open only to those
// that its access option names.
package auth

import (
	"context"
	"database/sql/driver"
	"slices"
	"strings"

	"github.com/lib/pq"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Anywhere is the entry of Principal.Territories that stands for all territories, those not yet thought of included.
const Anywhere = "*"

// Principal is who calls. The zero Principal may do nothing.
type Principal struct {
	// Subject is the sub claim of the token, or the name of a service; what change history calls the actor.
	Subject string
	Level   typev1.Level
	// Territories are paths such as "cn/south", each with all below it. None means that no customer is in reach.
	Territories   []string
	Administrator bool
}

// public is who calls a method that is open to the public (guanxi.type.v1.Access.public): nobody in particular, whatever token he sends. A token is not even looked
// at, or else a link would stop working in the hands of who has an old one.
var public = Principal{Level: typev1.Level_BASIC}

type principalKey struct{}

// With makes p the caller of whatever is done with the context.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From is the caller, or the zero Principal when nobody was authenticated.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Everywhere reports whether no territory is out of reach.
func (p Principal) Everywhere() bool { return slices.Contains(p.Territories, Anywhere) }

// Covers reports whether a customer of this territory is in reach: cn/south covers cn/south and cn/south/shenzhen, not
// cn/southern. A customer without territory ("") is in reach only of those who see everything.
func (p Principal) Covers(territory string) bool {
	return slices.ContainsFunc(p.Territories, func(t string) bool { return within(territory, t) })
}

// within is the rule that the SQL function guanxi_covers applies too.
func within(territory, scope string) bool {
	if scope == Anywhere {
		return true
	}
	rest, ok := strings.CutPrefix(territory, scope)
	return ok && scope != "" && (rest == "" || rest[0] == '/')
}

// Scope is the second argument of the SQL function guanxi_covers(territory text, scope text[]): null when there is no
// limit, an empty array when nothing is in reach.
func (p Principal) Scope() driver.Valuer {
	if p.Everywhere() {
		return pq.StringArray(nil)
	}
	return pq.StringArray(append([]string{}, p.Territories...))
}
