package auth

import (
	"errors"

	"github.com/go-jose/go-jose/v4/jwt"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// missing is for a call without a bearer token.
var missing = fault.New(codes.Unauthenticated, "TOKEN_MISSING", fault.Text{
	En: `a token is needed: "authorization: Bearer <token>", once`,
	Zh: `需要令牌：“authorization: Bearer <令牌>”，且只能有一个`,
})

// expired is for a token that was good: the caller should get a new one.
var expired = fault.New(codes.Unauthenticated, "TOKEN_EXPIRED", fault.Text{
	En: "the token has expired; get a new one",
	Zh: "令牌已过期，请重新获取",
})

// invalid does not say what is wrong, which only helps who makes tokens up; the cause is for the log.
func invalid(cause error) error {
	return fault.New(codes.Unauthenticated, "TOKEN_INVALID", fault.Text{
		En: "the token is not valid here; check its issuer, audience, algorithm and times",
		Zh: "令牌在此无效，请检查签发者、受众、算法和时间",
	}).Cause(cause)
}

// unclaimed tells the bearer of a genuine token which claim of it does not do.
func unclaimed(e *claimError) error {
	return fault.New(codes.Unauthenticated, "TOKEN_CLAIMS", fault.Text{
		En: "the token is genuine, but its claim " + e.Error(),
		Zh: "令牌有效，但其声明不符合要求：" + e.claim,
	}).With("claim", e.claim)
}

// refusal is what a caller gets for an error of verifying.
func refusal(err error) error {
	var claim *claimError
	switch {
	case errors.As(err, &claim):
		return unclaimed(claim)
	case errors.Is(err, jwt.ErrExpired):
		return expired.Cause(err)
	case errors.Is(err, errKeys):
		return fault.Unavailable(err)
	default:
		return invalid(err)
	}
}
