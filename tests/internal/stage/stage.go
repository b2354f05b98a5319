// Package stage sets up what the tests of the whole product play on: a service as it runs in production, behind the gateway as it runs in production.
package stage

import (
	"context"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/gateway"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	"github.com/guanxi-crm/guanxi/services/profile"
)

// Services are all that contract and attack tests run. A new service is a line here.
func Services() []service.Definition {
	return []service.Definition{
		profile.Definition(),
	}
}

// Stage is a service and the gateway in front of it.
type Stage struct {
	*servicetest.Service
	HTTP     string               // host:port of the gateway
	Registry *prometheus.Registry // of the service
	Log      *Log                 // of both
}

// Start runs both until the test ends. A line in the log that says that we are at fault fails the test.
func Start(t testing.TB, def service.Definition, changes ...func(*service.Config, *service.Deps)) *Stage {
	t.Helper()
	s := &Stage{Registry: prometheus.NewRegistry(), Log: &Log{}}
	t.Cleanup(func() { require.Empty(t, s.Log.Faults(), "the log tells of faults of ours") })
	s.Service = servicetest.Start(t, def, append([]func(*service.Config, *service.Deps){
		func(_ *service.Config, deps *service.Deps) { deps.Log, deps.Registry = s.Log.Logger(), s.Registry },
	}, changes...)...)

	cfg, err := gateway.LoadConfig(nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Services = "127.0.0.1:0", map[string]string{def.Name: s.Address}
	running, err := gateway.Start(context.Background(), cfg, gateway.Deps{Log: s.Log.Logger()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	s.HTTP = running.Address()
	return s
}
