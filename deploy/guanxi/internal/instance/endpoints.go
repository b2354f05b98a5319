package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Endpoints are where a running instance is reached. They are in endpoints.json while it runs, and stay there when it was killed.
type Endpoints struct {
	// HTTP is the gateway's URL.
	HTTP string `json:"http"`
	// GRPC are the services' addresses by their names.
	GRPC map[string]string `json:"grpc"`
	// Databases are the URLs of the services' databases by their names, with user and password.
	Databases map[string]string `json:"databases"`
	// NATS is the broker's URL with user and password.
	NATS string `json:"nats"`
}

const endpointsFile = "endpoints.json"

// Publish lets the other commands find the instance.
func (d Dir) Publish(e Endpoints) error {
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(d.Path(endpointsFile), string(text)+"\n")
}

// Withdraw is the opposite of Publish.
func (d Dir) Withdraw() error { return os.Remove(d.Path(endpointsFile)) }

// Endpoints finds the running instance.
func (d Dir) Endpoints() (Endpoints, error) {
	var e Endpoints
	text, err := os.ReadFile(d.Path(endpointsFile))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(d.Path("instance.key")); err != nil {
			return e, d.errNone()
		}
		return e, fmt.Errorf("the Guanxi instance in %s is not running: start it with guanxi up --data %s", d, d)
	}
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("%s is damaged: %w", d.Path(endpointsFile), err)
	}
	return e, nil
}

// Dial prepares to call the service at address with token.
func Dial(address, token string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(bearer(token)),
		grpc.WithUserAgent("guanxi"),
	)
}

// bearer is a token sent along with each call.
type bearer string

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// RequireTransportSecurity lets the token travel in the clear: on loopback there is none, and elsewhere a mesh is to encrypt.
func (b bearer) RequireTransportSecurity() bool { return false }
