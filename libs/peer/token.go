package peer

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"google.golang.org/grpc"
)

// Token gives the token that goes with a call. It is asked anew for every call, so that tokens can end and be replaced.
type Token func() (string, error)

// FromFile reads the token from a file.
func FromFile(path string) Token {
	return func() (string, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("peer: the token: %w", err)
		}
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			return "", fmt.Errorf("peer: the token: %s is empty", path)
		}
		return string(text), nil
	}
}

// Fixed is a token that stays the same.
func Fixed(token string) Token { return func() (string, error) { return token, nil } }

// As sends a token along with each call.
func As(token Token) grpc.DialOption { return grpc.WithPerRPCCredentials(bearer{token}) }

type bearer struct{ token Token }

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	token, err := b.token()
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + token}, nil
}

// RequireTransportSecurity lets the token travel in the clear where no certificates are configured (libs/mtls): on loopback, or where a mesh encrypts.
func (bearer) RequireTransportSecurity() bool { return false }
