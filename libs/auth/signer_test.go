package auth

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestSignerKeepsItsKey(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key.pem")
	first, err := NewSigner(file, issuer, audience, time.Now)
	require.NoError(t, err)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	second, err := NewSigner(file, issuer, audience, time.Now)
	require.NoError(t, err)
	require.Equal(t, first.Keys(), second.Keys())
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, entries, 1, "the draft is left over")
}

func TestSignersThatStartAtOnceAgree(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key.pem")
	ids := make([]string, 16)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			s, err := NewSigner(file, issuer, audience, time.Now)
			if err == nil {
				ids[i] = s.Keys().Keys[0].KeyID
			}
		})
	}
	group.Wait()
	for _, id := range ids {
		require.NotEmpty(t, id)
		require.Equal(t, ids[0], id)
	}
}

func TestSignerRefusesKeyFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good.pem")
	_, err := NewSigner(good, issuer, audience, time.Now)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(good, 0o640))
	_, err = NewSigner(good, issuer, audience, time.Now)
	require.ErrorContains(t, err, "can be read by others")

	garbage := filepath.Join(dir, "garbage.pem")
	require.NoError(t, os.WriteFile(garbage, []byte("x"), 0o600))
	_, err = NewSigner(garbage, issuer, audience, time.Now)
	require.ErrorContains(t, err, "is not PEM")
	_, err = NewSigner(filepath.Join(dir, "missing", "key.pem"), issuer, audience, time.Now)
	require.Error(t, err)
}

func TestPublishedKeysHoldNoSecret(t *testing.T) {
	t.Parallel()
	i := setup(t)
	text, err := json.Marshal(i.signer.Keys())
	require.NoError(t, err)
	require.NotContains(t, string(text), `"d"`)
	token, err := i.signer.Sign(li(), time.Hour)
	require.NoError(t, err)
	v, _ := verifierOf(t, Config{KeysFile: write(t, text)})
	_, err = v.Verify(t.Context(), token)
	require.NoError(t, err)
}

func TestSignMakesNothingThatWouldBeRefused(t *testing.T) {
	t.Parallel()
	i := setup(t)
	for _, p := range []Principal{
		{},
		{Subject: "li", Territories: []string{"*"}},
		{Subject: "li", Level: 7, Territories: []string{"*"}},
		{Level: typev1.Level_BASIC, Territories: []string{"*"}},
		{Subject: "li", Level: typev1.Level_BASIC, Territories: []string{"cn/"}},
	} {
		_, err := i.signer.Sign(p, time.Hour)
		require.Error(t, err, p)
	}
}
