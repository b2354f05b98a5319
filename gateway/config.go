package gateway

import (
	"log/slog"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/guanxi-crm/guanxi/libs/mtls"
)

// Config is what an operator sets, by the variables GUANXI_GATEWAY_... of the environment; docs/configuration.md describes each.
type Config struct {
	// Listen is the address of the HTTP server.
	Listen string `env:"LISTEN" envDefault:"127.0.0.1:8080"`
	// Services says where each service's gRPC server is: profile=host:port, more after commas. A service that is left out is not
	// offered.
	Services map[string]string `env:"SERVICES" envKeyValSeparator:"=" envDefault:"profile=127.0.0.1:9000"`
	// TLS secures the connections to the services; it is not for the HTTP server, before which a proxy ends TLS.
	TLS mtls.Files `envPrefix:"TLS_"`
	// AllowedOrigins are the origins (https://host:port) whose pages may call the API from a browser. None by default; no wildcards.
	AllowedOrigins []string `env:"ALLOWED_ORIGINS"`
	// Metrics says whether /metrics is answered. Off where the address is public.
	Metrics bool `env:"METRICS" envDefault:"true"`
	// TrustedProxies are the addresses, or networks such as 10.0.0.0/8, of the proxies in front of the gateway: whom they say, in X-Forwarded-For, that they speak for is the
	// client. None by default: then the client is who connects. GUANXI_TRUSTED_PROXIES says it too.
	TrustedProxies []string `env:"TRUSTED_PROXIES"`
	// FormViews and FormSends are how many pages of forms a client may open in a minute, and how many may be sent; as many can come at once. 0: any number.
	FormViews int        `env:"FORM_VIEWS" envDefault:"120"`
	FormSends int        `env:"FORM_SENDS" envDefault:"20"`
	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info"`
}

const (
	common = "GUANXI_"
	own    = common + "GATEWAY_"
)

// LoadConfig reads the configuration from an environment such as os.Environ(). The log level and the trusted proxies are those of all
// services unless the gateway has its own.
func LoadConfig(environ []string) (Config, error) {
	all := env.ToMap(environ)
	for _, name := range []string{"LOG_LEVEL", "TRUSTED_PROXIES"} {
		if value, ok := all[common+name]; ok && all[own+name] == "" {
			all[own+name] = value
		}
	}
	cfg, err := env.ParseAsWithOptions[Config](env.Options{Prefix: own, Environment: all})
	for i, origin := range cfg.AllowedOrigins {
		cfg.AllowedOrigins[i] = strings.TrimSuffix(strings.TrimSpace(origin), "/")
	}
	return cfg, err
}
