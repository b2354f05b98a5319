package instance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/seal"
)

func create(t *testing.T) Dir {
	t.Helper()
	dir := Dir(filepath.Join(t.TempDir(), "data"))
	require.NoError(t, dir.Create())
	require.NoError(t, dir.Create(), "it may be there already")
	return dir
}

func TestSecretsAreKeptAndHidden(t *testing.T) {
	t.Parallel()
	dir := create(t)
	_, err := dir.ExistingSigner()
	require.ErrorContains(t, err, "there is no Guanxi instance")
	first, err := dir.Signer()
	require.NoError(t, err)
	second, err := dir.ExistingSigner()
	require.NoError(t, err)
	require.Equal(t, first.Keys(), second.Keys(), "the key of a token must be that of the next start")

	for _, keys := range []func() (string, error){dir.PageKeys, dir.PersonKeys} {
		path, err := keys()
		require.NoError(t, err)
		key, err := os.ReadFile(path)
		require.NoError(t, err)
		_, err = keys()
		require.NoError(t, err)
		again, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, key, again)
	}
	_, err = seal.Read(dir.Path("person.keys"))
	require.NoError(t, err)

	require.NoError(t, dir.Publish(Endpoints{NATS: "nats://guanxi:secret@127.0.0.1:4222"}))
	for _, name := range []string{"instance.key", "page.key", "person.keys", "endpoints.json"} {
		info, err := os.Stat(dir.Path(name))
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s can be read by others", name)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	dir := create(t)
	_, err := dir.Endpoints()
	require.ErrorContains(t, err, "there is no Guanxi instance")
	_, err = dir.Signer()
	require.NoError(t, err)
	_, err = dir.Endpoints()
	require.ErrorContains(t, err, "is not running")

	want := Endpoints{
		HTTP: "http://127.0.0.1:8080", GRPC: map[string]string{"profile": "127.0.0.1:9101"},
		Databases: map[string]string{"profile": "postgres://"}, NATS: "nats://",
	}
	require.NoError(t, dir.Publish(want))
	got, err := dir.Endpoints()
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NoError(t, dir.Withdraw())
	_, err = dir.Endpoints()
	require.ErrorContains(t, err, "is not running")
}
