package service_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/peer"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// A worker asks another service with the token of its own service, and stops when that stops.
func TestWorkersAskOtherServices(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	asking := &testService{get: func(ctx context.Context, _ *postgres.DB, _ *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
		return &profilev1.Customer{DisplayName: auth.From(ctx).Subject}, nil
	}}
	b := setup(t, asking)
	token, err := b.signer.Sign(auth.Principal{Subject: "segmentation", Level: typev1.Level_BASIC, Territories: []string{auth.Anywhere}}, time.Hour)
	require.NoError(t, err)

	_, cfg, deps := parts(t)
	cfg.Peers, deps.PeerToken = map[string]string{"profile": b.Address()}, peer.Fixed(token)
	def := definition(&testService{})
	stopped := make(chan struct{})
	def.Workers = func(p *service.Platform) []service.Worker {
		return []service.Worker{{Name: "asker", Run: func(ctx context.Context) error {
			defer close(stopped)
			info, err := p.JS.AccountInfo(ctx)
			if err != nil || info.Streams == 0 {
				return errors.Join(err, errors.New("no stream"))
			}
			conn, err := p.Peer("profile")
			if err != nil {
				return err
			}
			answer, err := profilev1.NewCustomerServiceClient(conn).GetCustomer(ctx, &profilev1.GetCustomerRequest{Name: "x"})
			if err != nil {
				return err
			}
			asked <- answer.GetDisplayName()
			<-ctx.Done()
			return nil
		}}}
	}
	running, err := service.Start(context.Background(), def, cfg, deps)
	require.NoError(t, err)
	select {
	case who := <-asked:
		require.Equal(t, "segmentation", who)
	case <-running.Failed():
		t.Fatal(running.Stop())
	case <-time.After(testkit.Patience):
		t.Fatal("the worker did not ask")
	}
	require.NoError(t, running.Stop())
	<-stopped
}

func TestWorkersThatEndEndTheService(t *testing.T) {
	t.Parallel()
	_, cfg, deps := parts(t)
	def := definition(&testService{})
	def.Workers = func(*service.Platform) []service.Worker {
		return []service.Worker{{Name: "hasty", Run: func(context.Context) error { return nil }}}
	}
	running, err := service.Start(context.Background(), def, cfg, deps)
	require.NoError(t, err)
	select {
	case <-running.Failed():
	case <-time.After(testkit.Patience):
		t.Fatal("the service goes on")
	}
	require.ErrorContains(t, running.Stop(), "hasty ended: it had nothing more to do")
}

func TestPeersThatAreNotConfigured(t *testing.T) {
	t.Parallel()
	for want, configure := range map[string]func(*service.Config){
		"GUANXI_PEERS":           func(*service.Config) {},
		"GUANXI_PEER_TOKEN_FILE": func(cfg *service.Config) { cfg.Peers = map[string]string{"profile": "127.0.0.1:1"} },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, cfg, deps := parts(t)
			configure(&cfg)
			def := definition(&testService{})
			def.Workers = func(p *service.Platform) []service.Worker {
				return []service.Worker{{Name: "asker", Run: func(context.Context) error {
					_, err := p.Peer("profile")
					return err
				}}}
			}
			running, err := service.Start(context.Background(), def, cfg, deps)
			require.NoError(t, err)
			<-running.Failed()
			require.ErrorContains(t, running.Stop(), want)
		})
	}
}

func TestPeersOfTheEnvironment(t *testing.T) {
	t.Parallel()
	cfg, err := service.LoadConfig("segmentation", []string{
		"GUANXI_PEERS=profile=common:1", "GUANXI_SEGMENTATION_PEERS=profile=own:1,voice=own:2", "GUANXI_PEER_TOKEN_FILE=/run/token",
	})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"profile": "own:1", "voice": "own:2"}, cfg.Peers)
	require.Equal(t, "/run/token", cfg.PeerTokenFile)
	cfg, err = service.LoadConfig("profile", []string{"GUANXI_PEERS="})
	require.NoError(t, err)
	require.Empty(t, cfg.Peers)
	_, err = service.LoadConfig("segmentation", []string{"GUANXI_PEERS=profile"})
	require.ErrorContains(t, err, "Peers")
}
