package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-jose/go-jose/v4/jwt"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// claims are what a token says of its bearer, beside iss, aud, exp, nbf and iat: sub, level ("basic", "manager" or
// "executive"), territories (an array of paths, or ["*"] for all; empty for none) and, if true, administrator. The decoder
// tells upper from lower case and refuses a claim given twice, so no second level can shadow the first.
type claims struct {
	Subject       string    `json:"sub"`
	Level         string    `json:"level"`
	Territories   *[]string `json:"territories"`
	Administrator bool      `json:"administrator,omitempty"`
}

// maxSubject is the longest subject in bytes, as OpenID Connect has it.
const maxSubject = 255

var levels = map[string]typev1.Level{
	"basic":     typev1.Level_BASIC,
	"manager":   typev1.Level_MANAGER,
	"executive": typev1.Level_EXECUTIVE,
}

// nameOf is the level as it stands in a token.
func nameOf(l typev1.Level) string { return strings.ToLower(l.String()) }

// claimError says which claim is wrong; its text is fit for callers.
type claimError struct{ claim, reason string }

func (e *claimError) Error() string { return e.claim + ": " + e.reason }

// principal is the bearer, or a *claimError.
func (c claims) principal() (Principal, error) {
	level, ok := levels[c.Level]
	switch {
	case !validSubject(c.Subject):
		return Principal{}, &claimError{"sub", fmt.Sprintf("must be 1 to %d bytes without control characters", maxSubject)}
	case !ok:
		return Principal{}, &claimError{"level", "must be basic, manager or executive"}
	case c.Territories == nil:
		return Principal{}, &claimError{"territories", `must be an array of paths, ["*"] for all`}
	}
	for _, territory := range *c.Territories {
		if !validTerritory(territory) {
			return Principal{}, &claimError{"territories", `each must be a path such as cn/south, or "*"`}
		}
	}
	return Principal{
		Subject:       c.Subject,
		Level:         level,
		Territories:   slices.Clip(*c.Territories),
		Administrator: c.Administrator,
	}, nil
}

func claimsOf(p Principal) claims {
	territories := append([]string{}, p.Territories...)
	return claims{
		Subject:       p.Subject,
		Level:         nameOf(p.Level),
		Territories:   &territories,
		Administrator: p.Administrator,
	}
}

// validSubject keeps out of logs and change history what would garble them.
func validSubject(s string) bool {
	return s != "" && len(s) <= maxSubject && !strings.ContainsFunc(s, unicode.IsControl)
}

// validTerritory reports whether a scope means something: "cn//south", "cn/" and "" would cover more or less than they
// seem to.
func validTerritory(path string) bool {
	if path == Anywhere {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || strings.ContainsFunc(segment, func(r rune) bool { return r == '*' || unicode.IsControl(r) || unicode.IsSpace(r) }) {
			return false
		}
	}
	return true
}

// check holds the registered claims against what is pinned. Clocks may differ by leeway, save for the end, which is the
// issuer's word.
func (v *Verifier) check(c jwt.Claims) error {
	now := v.now()
	switch {
	case c.Expiry == nil:
		return errors.New("no exp")
	case !now.Before(c.Expiry.Time()):
		return jwt.ErrExpired
	}
	return c.ValidateWithLeeway(jwt.Expected{
		Issuer:      v.issuer,
		AnyAudience: jwt.Audience{v.audience},
		Time:        now,
	}, leeway)
}
