package seal_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func line(fill byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, seal.KeySize)) + "\n"
}

func parse(t *testing.T, lines ...string) *seal.Keys {
	t.Helper()
	keys, err := seal.Parse([]byte(strings.Join(lines, "")))
	require.NoError(t, err)
	return keys
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, wrong string }{
		"one key":                  {line(1) + "blind " + line(2), ""},
		"several, blanks, no rest": {"\n" + line(1) + "\n blind   " + line(2) + line(3), ""},
		"none":                     {"", "at least one key"},
		"no blind key":             {line(1), `"blind ..."`},
		"only a blind key":         {"blind " + line(1), "at least one key"},
		"two blind keys":           {line(1) + "blind " + line(2) + "blind " + line(3), "two lines"},
		"no base64":                {"secret!" + line(1), "a line is not 32 bytes in base64"},
		"too short":                {"c2hvcnQ=\nblind " + line(2), "a line is not 32 bytes in base64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := seal.Parse([]byte(c.content))
			if c.wrong == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.wrong)
			require.NotContains(t, err.Error(), "secret", "an error tells no key")
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	_, err := seal.Read(path)
	require.ErrorContains(t, err, "keys of people")
	require.NoError(t, os.WriteFile(path, []byte(seal.NewFile()), 0o600))
	_, err = seal.Read(path)
	require.NoError(t, err)
	one, other := seal.NewFile(), seal.NewFile()
	require.NotEqual(t, one, other)
}

// What is sealed for a person and a use is opened by his key for that use, as it was, and by nothing else.
func TestOpenIsTheWayBackAndTheOnlyOne(t *testing.T) {
	t.Parallel()
	keys := parse(t, line(1), "blind "+line(2))
	rapid.Check(t, func(r *rapid.T) {
		person, other := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
		_, wrapped, err := keys.New(person)
		require.NoError(r, err)
		key, err := keys.Unwrap(wrapped)
		require.NoError(r, err)
		plain, use := rapid.SliceOf(rapid.Byte()).Draw(r, "plain"), rapid.StringN(0, 8, 8).Draw(r, "use")
		sealed := key.Seal(use, plain)
		opened, err := key.Open(use, sealed)
		require.NoError(r, err)
		require.True(r, bytes.Equal(plain, opened))
		require.NotEqual(r, sealed, key.Seal(use, plain), "equal texts do not look equal")

		altered := bytes.Clone(sealed)
		altered[rapid.IntRange(0, len(altered)-1).Draw(r, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		_, err = key.Open(use, altered)
		require.ErrorIs(r, err, seal.ErrUnreadable)
		_, err = key.Open(use, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(r, "cut")])
		require.ErrorIs(r, err, seal.ErrUnreadable)
		_, err = key.Open(use+"x", sealed)
		require.ErrorIs(r, err, seal.ErrUnreadable)
		foreign, _, err := keys.New(other)
		require.NoError(r, err)
		_, err = foreign.Open(use, sealed)
		require.ErrorIs(r, err, seal.ErrUnreadable)
		_, err = (seal.Key{}).Open(use, sealed)
		require.ErrorIs(r, err, seal.ErrUnreadable)

		wrapped.Person = other
		_, err = keys.Unwrap(wrapped)
		require.ErrorContains(r, err, "was altered", "the key of one person is not that of another one")
	})
}

func TestBlind(t *testing.T) {
	t.Parallel()
	keys := parse(t, line(1), "blind "+line(2))
	same := keys.Blind("name", "Li  Lei")
	for _, text := range []string{"li lei", " LI LEI ", "Ｌｉ　Ｌｅｉ"} {
		require.Equal(t, same, keys.Blind("name", text), text)
	}
	require.NotEqual(t, same, keys.Blind("name", "LiLei"))
	require.NotEqual(t, same, keys.Blind("channel", "Li Lei"))
	require.NotEqual(t, same, parse(t, line(1), "blind "+line(3)).Blind("name", "Li Lei"))
	require.Equal(t, same, parse(t, line(9), "blind "+line(2)).Blind("name", "Li Lei"), "exchanging the other keys loses nobody")
}

func vault(ctx context.Context, db *postgres.DB) error {
	_, err := db.Exec(ctx, `create schema vault; create table vault.person_keys (person_id uuid primary key, wrapped bytea not null, wrapped_by text not null)`)
	return err
}

func keep(t *testing.T, db *postgres.DB, keys *seal.Keys) (uuid.UUID, seal.Key) {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	key, w, err := keys.New(id)
	require.NoError(t, err)
	_, err = db.Exec(t.Context(), `insert into vault.person_keys values ($1, $2, $3)`, w.Person, w.Key, w.By)
	require.NoError(t, err)
	return id, key
}

func TestBox(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, vault)
	box := seal.NewBox(db, parse(t, line(1), "blind "+line(2)))
	id, key := keep(t, db, box.Keys)
	sealed, err := box.Seal(t.Context(), id, "x", []byte("plain"))
	require.NoError(t, err)
	opened, err := key.Open("x", sealed)
	require.NoError(t, err)
	require.Equal(t, "plain", string(opened))

	fields, err := key.SealHistory(`[{"path":"a"}]`)
	require.NoError(t, err)
	require.NotContains(t, fields, "path")
	name := "customers/1/people/" + id.String()
	entries := func() []*seal.Entry {
		return []*seal.Entry{{Resource: name, Fields: []byte(fields)}, {Resource: name + "/consents/1", Fields: []byte(fields)}, {Resource: "customers/1", Fields: []byte(`[{}]`)}}
	}
	got := entries()
	require.NoError(t, box.OpenHistory(t.Context(), got))
	require.JSONEq(t, `[{"path":"a"}]`, string(got[0].Fields))
	require.JSONEq(t, `[{"path":"a"}]`, string(got[1].Fields))
	require.JSONEq(t, `[{}]`, string(got[2].Fields))
	require.Error(t, box.OpenHistory(t.Context(), []*seal.Entry{{Resource: "customers/1", Fields: []byte(fields)}}))

	require.NoError(t, box.Destroy(t.Context(), id))
	_, err = box.Open(t.Context(), id, "x", sealed)
	require.ErrorIs(t, err, seal.ErrNoKey)
	got = entries()
	require.NoError(t, box.OpenHistory(t.Context(), got))
	require.JSONEq(t, `[]`, string(got[0].Fields))
}

// A key of the installation is exchanged without anything being sealed anew.
func TestRewrap(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, vault)
	blind := "blind " + line(2)
	before := seal.NewBox(db, parse(t, line(1), blind))
	id, _ := keep(t, db, before.Keys)
	sealed, err := before.Seal(t.Context(), id, "x", []byte("plain"))
	require.NoError(t, err)
	for range 3 {
		keep(t, db, before.Keys)
	}

	after := seal.NewBox(db, parse(t, line(3), blind))
	require.ErrorContains(t, after.Check(t.Context()), "not in the file of keys")
	_, err = after.Open(t.Context(), id, "x", sealed)
	require.ErrorContains(t, err, "not in the file of keys")

	both := seal.NewBox(db, parse(t, line(3), line(1), blind))
	require.NoError(t, both.Check(t.Context()))
	require.NoError(t, both.Rewrap(t.Context(), time.Time{}))
	require.NoError(t, after.Check(t.Context()))
	opened, err := after.Open(t.Context(), id, "x", sealed)
	require.NoError(t, err)
	require.Equal(t, "plain", string(opened))
	require.Error(t, before.Check(t.Context()))
}

// What it costs to read one person of a list.
func BenchmarkUnwrapAndOpen(b *testing.B) {
	keys, err := seal.Parse([]byte(seal.NewFile()))
	require.NoError(b, err)
	key, wrapped, err := keys.New(uuid.Must(uuid.NewV7()))
	require.NoError(b, err)
	sealed := key.Seal("person", bytes.Repeat([]byte{'x'}, 500))
	b.ReportAllocs()
	for b.Loop() {
		opened, err := keys.Unwrap(wrapped)
		require.NoError(b, err)
		_, err = opened.Open("person", sealed)
		require.NoError(b, err)
	}
}
