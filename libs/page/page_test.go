package page_test

import (
	"bytes"
	"encoding/base64"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/page"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, page.KeySize) }

func sealer(t testing.TB, keys ...[]byte) *page.Sealer {
	t.Helper()
	s, err := page.NewSealer(keys...)
	require.NoError(t, err)
	return s
}

func requireRefused(t testing.TB, err error) {
	t.Helper()
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	require.ErrorContains(t, err, "page_token")
	require.ErrorContains(t, err, "PAGE_TOKEN")
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	s := sealer(t, key(1))
	rapid.Check(t, func(t *rapid.T) {
		binding := rapid.String().Draw(t, "binding")
		position := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "position")
		token, err := s.Seal(binding, position)
		require.NoError(t, err)
		require.Regexp(t, `^[A-Za-z0-9_-]+$`, token)
		got, err := s.Open(binding, token)
		require.NoError(t, err)
		require.Equal(t, position, got)
	})
}

func TestNoTokenIsTheStart(t *testing.T) {
	t.Parallel()
	position, err := sealer(t, key(1)).Open("anything", "")
	require.NoError(t, err)
	require.Nil(t, position)
}

func TestTokenOfAnotherRequestOrCallerIsRefused(t *testing.T) {
	t.Parallel()
	s := sealer(t, key(1))
	mine := page.Binding("/guanxi.profile.v1.CustomerService/ListCustomers", "", "kind = PERSON", "", "alice")
	token, err := s.Seal(mine, []string{"华为", "7"})
	require.NoError(t, err)
	for name, other := range map[string]string{
		"caller": page.Binding("/guanxi.profile.v1.CustomerService/ListCustomers", "", "kind = PERSON", "", "bob"),
		"filter": page.Binding("/guanxi.profile.v1.CustomerService/ListCustomers", "", "", "", "alice"),
		"method": page.Binding("/guanxi.profile.v1.PersonService/ListPeople", "", "kind = PERSON", "", "alice"),
		"parts":  page.Binding("/guanxi.profile.v1.CustomerService/ListCustomers", "kind = PERSON", "", "", "alice"),
	} {
		_, err := s.Open(other, token)
		requireRefused(t, err)
		require.ErrorContains(t, err, "this caller", name)
	}
}

func TestEveryAlteredByteIsRefused(t *testing.T) {
	t.Parallel()
	s := sealer(t, key(1))
	token, err := s.Seal("b", []string{"2026-01-02", "7"})
	require.NoError(t, err)
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		_, err := s.Open("b", base64.RawURLEncoding.EncodeToString(altered))
		requireRefused(t, err)
		if i > 0 { // no token at all is the start
			_, err = s.Open("b", base64.RawURLEncoding.EncodeToString(sealed[:i]))
			requireRefused(t, err)
		}
	}
}

func TestPositionIsNotReadable(t *testing.T) {
	t.Parallel()
	token, err := sealer(t, key(1)).Seal("b", []string{"a secret margin"})
	require.NoError(t, err)
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "secret")
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	before, during, after := sealer(t, key(1)), sealer(t, key(2), key(1)), sealer(t, key(2))
	old, err := before.Seal("b", []string{"x"})
	require.NoError(t, err)
	fresh, err := during.Seal("b", []string{"x"})
	require.NoError(t, err)

	for _, token := range []string{old, fresh} {
		_, err = during.Open("b", token)
		require.NoError(t, err)
	}
	_, err = after.Open("b", fresh)
	require.NoError(t, err, "the first key seals")
	_, err = after.Open("b", old)
	requireRefused(t, err)
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	_, err := page.NewSealer()
	require.Error(t, err)
	_, err = page.NewSealer(key(1), []byte("short"))
	require.ErrorContains(t, err, "key 1 has 5 bytes")
}

func TestBindingIsUnambiguous(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(rapid.StringOf(rapid.RuneFrom([]rune("1:a")))) // the alphabet of the encoding itself
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		same := len(a) == len(b)
		for i := 0; same && i < len(a); i++ {
			same = a[i] == b[i]
		}
		require.Equal(t, same, page.Binding(a...) == page.Binding(b...))
	})
}

func TestSize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		requested int32
		want      int
	}{{0, 50}, {1, 1}, {50, 50}, {1000, 1000}, {1001, 1000}, {math.MaxInt32, 1000}} {
		got, err := page.Size(test.requested, 50, 1000)
		require.NoError(t, err)
		require.Equal(t, test.want, got)
	}
	for _, requested := range []int32{-1, math.MinInt32} {
		_, err := page.Size(requested, 50, 1000)
		require.Equal(t, codes.InvalidArgument, status.Code(err))
		require.ErrorContains(t, err, "page_size")
	}
}

// FuzzPageToken looks for a token that panics, or that opens although nobody sealed it.
func FuzzPageToken(f *testing.F) {
	s := sealer(f, key(1))
	valid, err := s.Seal("b", []string{"x"})
	require.NoError(f, err)
	for _, seed := range []string{"", "AA", valid, valid[1:], "AQ==", "%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		position, err := s.Open("another binding", token)
		if token == "" {
			require.NoError(t, err)
			return
		}
		require.Nil(t, position)
		requireRefused(t, err)
	})
}
