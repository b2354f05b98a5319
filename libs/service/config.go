package service

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/mtls"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
)

// prefix is what the names of all variables begin with.
const prefix = "GUANXI_"

// Config is what an operator sets, by variables of the environment; docs/configuration.md describes each.
type Config struct {
	// Listen is the address of the gRPC server.
	Listen string `env:"LISTEN" envDefault:"127.0.0.1:9000"`
	// AdminListen is the address of /metrics, /healthz and /readyz over HTTP; empty for none.
	AdminListen string          `env:"ADMIN_LISTEN"`
	Database    postgres.Config `envPrefix:"DATABASE_"`
	NATS        NATSConfig      `envPrefix:"NATS_"`
	// Stream is the one stream of all services' events.
	Stream events.StreamConfig `envPrefix:"STREAM_"`
	Auth   auth.Config         `envPrefix:"AUTH_"`
	// TLS secures the gRPC server, and the connections to other services. Without it both are in the clear.
	TLS mtls.Config `envPrefix:"TLS_"`
	// Peers says where the other services are that this one asks: profile=host:port, more after commas.
	Peers map[string]string `env:"PEERS" envKeyValSeparator:"="`
	// PeerTokenFile holds the token that this service shows them. It is read for each call, so that it can be replaced.
	PeerTokenFile string `env:"PEER_TOKEN_FILE"`
	// PageKeysFile holds the keys that page tokens are sealed with, one in base64 on each line, the newest first. All
	// replicas must be given the same.
	PageKeysFile string `env:"PAGE_KEYS_FILE"`
	// PersonKeysFile holds the keys that the keys of people are wrapped by, as seal.Read reads them; empty where nothing of people is kept. All replicas must be
	// given the same.
	PersonKeysFile string         `env:"PERSON_KEYS_FILE"`
	LogLevel       slog.Level     `env:"LOG_LEVEL" envDefault:"info"`
	Deadline       DeadlineConfig `envPrefix:"DEADLINE_"`
	// Concurrency is how many calls of one method run at once; 0 for four times the connections to the database.
	Concurrency int `env:"CONCURRENCY"`
	// Reflection lets tools ask the server what it serves. Off in public.
	Reflection bool `env:"REFLECTION"`
}

// NATSConfig says where the broker is.
type NATSConfig struct {
	URL string `env:"URL" envDefault:"nats://127.0.0.1:4222"`
	// Credentials is a file with a user's JWT and key; empty for none.
	Credentials string `env:"CREDENTIALS"`
	// CA is a file with the certificates to trust; empty for those of the system.
	CA string `env:"CA"`
}

// LoadConfig reads the configuration of a service from an environment such as os.Environ(): GUANXI_<SERVICE>_<NAME>, and where that
// is not set GUANXI_<NAME>, which so serves all services of one environment.
func LoadConfig(service string, environ []string) (Config, error) {
	return env.ParseAsWithOptions[Config](env.Options{Prefix: prefix, Environment: overlay(service, environ)})
}

// overlay puts the service's own variables over those common to all.
func overlay(service string, environ []string) map[string]string {
	all := env.ToMap(environ)
	own := prefix + strings.ToUpper(service) + "_"
	for name, value := range env.ToMap(environ) {
		if rest, ok := strings.CutPrefix(name, own); ok {
			all[prefix+rest] = value
		}
	}
	return all
}

// people reads the keys of people, nil without a file.
func (c Config) people() (*seal.Keys, error) {
	if c.PersonKeysFile == "" {
		return nil, nil //nolint:nilnil // most services need none
	}
	return seal.Read(c.PersonKeysFile)
}

// pages makes the sealer of page tokens from the keys in the file.
func (c Config) pages() (*page.Sealer, error) {
	if c.PageKeysFile == "" {
		return nil, fmt.Errorf("service: %sPAGE_KEYS_FILE is not set", prefix)
	}
	content, err := os.ReadFile(c.PageKeysFile)
	if err != nil {
		return nil, fmt.Errorf("service: keys of page tokens: %w", err)
	}
	var keys [][]byte
	for line := range bytes.Lines(content) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		key, err := base64.StdEncoding.AppendDecode(nil, line)
		if err != nil { // the error would quote the key
			return nil, fmt.Errorf("service: %s: a line is not base64", c.PageKeysFile)
		}
		keys = append(keys, key)
	}
	return page.NewSealer(keys...)
}
