package gateway

import (
	"log/slog"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Config is what an operator sets, by the variables GUANXI_GATEWAY_... of the environment; docs/configuration.md describes each.
type Config struct {
	// Listen is the address of the HTTP server.
	Listen string `env:"LISTEN" envDefault:"127.0.0.1:8080"`
	// Services says where each service's gRPC server is: profile=host:port, more after commas. A service that is left out is not
	// offered.
	Services map[string]string `env:"SERVICES" envKeyValSeparator:"=" envDefault:"profile=127.0.0.1:9000"`
	// AllowedOrigins are the origins (https://host:port) whose pages may call the API from a browser. None by default; no wildcards.
	AllowedOrigins []string `env:"ALLOWED_ORIGINS"`
	// Metrics says whether /metrics is answered. Off where the address is public.
	Metrics  bool       `env:"METRICS" envDefault:"true"`
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info"`
}

const (
	common = "GUANXI_"
	own    = common + "GATEWAY_"
)

// LoadConfig reads the configuration from an environment such as os.Environ(). The log level is that of all services unless the
// gateway has one of its own.
func LoadConfig(environ []string) (Config, error) {
	all := env.ToMap(environ)
	if level, ok := all[common+"LOG_LEVEL"]; ok && all[own+"LOG_LEVEL"] == "" {
		all[own+"LOG_LEVEL"] = level
	}
	cfg, err := env.ParseAsWithOptions[Config](env.Options{Prefix: own, Environment: all})
	for i, origin := range cfg.AllowedOrigins {
		cfg.AllowedOrigins[i] = strings.TrimSuffix(strings.TrimSpace(origin), "/")
	}
	return cfg, err
}
