package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/localnats"
	"github.com/guanxi-crm/guanxi/libs/localpg"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/peer"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/libs/service"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/voice"
)

// history is a running product that lives in the time of the data and not in ours.
type history struct {
	profile, voice *grpc.ClientConn
	now            atomic.Pointer[time.Time]
	signer         *auth.Signer
	token          string
	stops          []func() error
}

func (h *history) clock() time.Time { return h.now.Load().UTC() }

func (h *history) set(t time.Time) { h.now.Store(&t) }

func (h *history) stop() error {
	var errs []error
	for _, stop := range slices.Backward(h.stops) {
		errs = append(errs, stop())
	}
	return errors.Join(errs...)
}

// startHistory brings profile and voice up in this process, as nothing else lets their clock be set.
func startHistory(ctx context.Context, dir string, at time.Time) (_ *history, err error) {
	h := &history{}
	h.set(at)
	defer func() {
		if err != nil {
			err = errors.Join(err, h.stop())
		}
	}()
	if err := os.Mkdir(dir, 0o711); err != nil { //nolint:gosec // as root, PostgreSQL runs as another user below it
		return nil, err
	}
	server, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(dir, "postgres"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	h.stops = append(h.stops, func() error { server.Stop(); return nil })
	broker, err := localnats.Start(localnats.Options{Dir: filepath.Join(dir, "nats")})
	if err != nil {
		return nil, err
	}
	h.stops = append(h.stops, func() error { broker.Stop(); return nil })
	if h.signer, err = auth.NewSigner(filepath.Join(dir, "key.pem"), "https://realdata.local", "guanxi", h.clock); err != nil {
		return nil, err
	}
	peers := map[string]string{}
	for _, one := range []struct {
		definition service.Definition
		conn       **grpc.ClientConn
	}{{profile.Definition(), &h.profile}, {voice.Definition(), &h.voice}} {
		address, err := h.serve(ctx, one.definition, server, broker.URL(), peers)
		if err != nil {
			return nil, err
		}
		peers[one.definition.Name] = address
		if *one.conn, err = peer.Dial(address, "realdata"); err != nil {
			return nil, err
		}
		h.stops = append(h.stops, (*one.conn).Close)
	}
	return h, nil
}

func (h *history) serve(ctx context.Context, d service.Definition, server *localpg.Server, broker string, peers map[string]string) (string, error) {
	if err := server.Create(ctx, d.Name); err != nil {
		return "", err
	}
	cfg, err := service.LoadConfig(d.Name, nil)
	if err != nil {
		return "", err
	}
	cfg.Listen, cfg.Auth, cfg.Database.URL, cfg.NATS.URL, cfg.Peers = "127.0.0.1:0", h.signer.Config(), server.URL(d.Name), broker, maps.Clone(peers)
	pages, err := page.NewSealer(bytes.Repeat([]byte{7}, page.KeySize))
	if err != nil {
		return "", err
	}
	people, err := seal.Parse([]byte(seal.NewFile()))
	if err != nil {
		return "", err
	}
	running, err := service.Start(ctx, d, cfg, service.Deps{
		Log: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), Pages: pages, People: people, Now: h.clock,
		PeerToken: func() (string, error) { return h.sign(d.Name) },
	})
	if err != nil {
		return "", err
	}
	h.stops = append(h.stops, running.Stop)
	return running.Address(), nil
}

func (h *history) sign(subject string) (string, error) {
	return h.signer.Sign(auth.Principal{Subject: subject, Level: typev1.Level_EXECUTIVE, Administrator: true, Territories: []string{auth.Anywhere}}, 24*time.Hour)
}

// as is a context for calls. Its token is made anew for each day of the data.
func (h *history) as(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+h.token)
}

// goTo moves the clock, and renews what has gone old by that.
func (h *history) goTo(t time.Time) (err error) {
	before := h.clock()
	h.set(t)
	if h.token == "" || t.Sub(before) > 0 && t.YearDay() != before.YearDay() {
		h.token, err = h.sign("realdata")
	}
	return err
}
