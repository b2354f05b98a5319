package instance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/peer"
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
	return peer.Dial(address, "guanxi", peer.As(peer.Fixed(token)))
}
