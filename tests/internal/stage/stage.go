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
	"github.com/guanxi-crm/guanxi/services/planning"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/satisfaction"
	"github.com/guanxi-crm/guanxi/services/segmentation"
	"github.com/guanxi-crm/guanxi/services/voice"
)

// Services are all that contract and attack tests run. A new service is a line here, behind those that it asks or listens to.
func Services() []service.Definition {
	return []service.Definition{
		profile.Definition(),
		segmentation.Definition(),
		planning.Definition(),
		voice.Definition(),
		satisfaction.Definition(),
	}
}

// Stage is a service with those before it in Services, and the gateway in front of all of them.
type Stage struct {
	*servicetest.Service
	HTTP     string               // host:port of the gateway
	Registry *prometheus.Registry // of the service
	Log      *Log                 // of all
}

// Start runs them until the test ends; the changes are for the service itself. A line in the log that says that we are at fault fails the test.
func Start(t testing.TB, def service.Definition, changes ...servicetest.Change) *Stage {
	t.Helper()
	s := &Stage{Registry: prometheus.NewRegistry(), Log: &Log{}}
	t.Cleanup(func() { require.Empty(t, s.Log.Faults(), "the log tells of faults of ours") })
	for _, earlier := range Services() {
		if earlier.Name == def.Name {
			break
		}
		s.Service = beside(t, s.Service, earlier, func(_ *service.Config, deps *service.Deps) { deps.Log = s.Log.Logger() })
	}
	s.Service = beside(t, s.Service, def, append([]servicetest.Change{
		func(_ *service.Config, deps *service.Deps) { deps.Log, deps.Registry = s.Log.Logger(), s.Registry },
	}, changes...)...)

	cfg, err := gateway.LoadConfig(nil)
	require.NoError(t, err)
	cfg.Listen, cfg.Services = "127.0.0.1:0", map[string]string{}
	cfg.FormViews, cfg.FormSends = 0, 0 // all tests are one client
	for _, one := range s.All() {
		cfg.Services[one.Name()] = one.Address
	}
	running, err := gateway.Start(context.Background(), cfg, gateway.Deps{Log: s.Log.Logger()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop()) })
	s.HTTP = running.Address()
	return s
}

// beside runs a service beside the last one, if there is one.
func beside(t testing.TB, last *servicetest.Service, def service.Definition, changes ...servicetest.Change) *servicetest.Service {
	t.Helper()
	if last == nil {
		return servicetest.Start(t, def, changes...)
	}
	return last.Beside(t, def, changes...)
}

// Of is the service of the stage that serves the packages guanxi.<name>.
func (s *Stage) Of(name string) *servicetest.Service {
	for _, one := range s.All() {
		if one.Name() == name {
			return one
		}
	}
	return nil
}

// Stored counts all that the services have ever written: every change is announced.
func (s *Stage) Stored(t testing.TB) (sum int) {
	t.Helper()
	for _, one := range s.All() {
		var n int
		require.NoError(t, one.DB.Get(t.Context(), &n, `select count(*) from outbox`))
		sum += n
	}
	return sum
}
