package localnats_test

import (
	"bytes"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/guanxi-crm/guanxi/libs/localnats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o localnats.Options) *localnats.Server {
	t.Helper()
	s, err := localnats.Start(o)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s
}

func connect(t *testing.T, s *localnats.Server, options ...nats.Option) (jetstream.JetStream, error) {
	t.Helper()
	conn, err := nats.Connect(s.URL(), options...)
	if err != nil {
		return nil, err
	}
	t.Cleanup(conn.Close)
	return jetstream.New(conn)
}

func TestStreamsSurviveARestartAtTheSameAddress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, localnats.Options{Dir: dir})
	js, err := connect(t, first)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "s", []byte("kept"))
	require.NoError(t, err)
	address, err := url.Parse(first.URL())
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", address.Hostname())
	port, err := strconv.Atoi(address.Port())
	require.NoError(t, err)
	first.Stop()

	js, err = connect(t, start(t, localnats.Options{Dir: dir, Port: port}))
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), "S")
	require.NoError(t, err)
	m, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "kept", string(m.Data))
}

func TestTakenPortIsAnError(t *testing.T) {
	t.Parallel()
	first := start(t, localnats.Options{Dir: t.TempDir()})
	address, err := url.Parse(first.URL())
	require.NoError(t, err)
	port, err := strconv.Atoi(address.Port())
	require.NoError(t, err)
	_, err = localnats.Start(localnats.Options{Dir: t.TempDir(), Port: port})
	require.ErrorContains(t, err, strconv.Itoa(port))
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	withPassword := start(t, localnats.Options{Dir: t.TempDir(), User: "guanxi", Password: "secret"})
	_, err := connect(t, withPassword)
	require.ErrorIs(t, err, nats.ErrAuthorization)
	_, err = connect(t, withPassword, nats.UserInfo("guanxi", "secret"))
	require.NoError(t, err)

	key, err := nkeys.CreateUser()
	require.NoError(t, err)
	public, err := key.PublicKey()
	require.NoError(t, err)
	withKey := start(t, localnats.Options{Dir: t.TempDir(), NKey: public})
	_, err = connect(t, withKey)
	require.ErrorIs(t, err, nats.ErrAuthorization)
	_, err = connect(t, withKey, nats.Nkey(public, key.Sign))
	require.NoError(t, err)
}

func TestTheServersWordsGoToTheLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := start(t, localnats.Options{
		Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	s.Stop()
	require.Contains(t, out.String(), "Server is ready")
}

func TestDirectoryThatCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := localnats.Start(localnats.Options{Dir: filepath.Join(file, "below")})
	require.Error(t, err)
}
