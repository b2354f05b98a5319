package secrets_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/secrets"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/seal"
)

// All exchanges are made side by side, and two processes of which one has made the last step and the other has not understand each other in both directions, each time. Two
// steps apart they would not, which is why there are three.
func TestEachStepUnderstandsTheNext(t *testing.T) {
	t.Parallel()
	d, copies := rotated(t)
	require.Len(t, copies, 4)
	for i := range len(copies) - 1 {
		before, after := copies[i], copies[i+1]
		for _, two := range [][2]secrets.Dir{{before, after}, {after, before}, {after, after}} {
			for what, err := range understands(t, two[0], two[1]) {
				require.NoError(t, err, "%s after %d steps", what, i)
			}
		}
	}
	for what, err := range understands(t, copies[2], copies[0]) {
		require.Error(t, err, "%s: whoever has not been told of the new one", what)
	}
	for what, err := range understands(t, copies[1], copies[3]) {
		require.Error(t, err, "%s: what was retired is good for nothing", what)
	}
	leftovers, err := filepath.Glob(filepath.Join(d.Path, "authority", "*.next"))
	require.NoError(t, err)
	require.Empty(t, leftovers)
	retired, err := os.ReadFile(filepath.Join(d.Path, "authority", "profile-person.key.retired"))
	require.NoError(t, err)
	first, err := os.ReadFile(filepath.Join(copies[0].Path, "profile", "person.key"))
	require.NoError(t, err)
	require.Equal(t, strings.Fields(string(first))[0], strings.TrimSpace(string(retired)), "old backups need it")
}

// Steps come in their order; one that was broken off is made again, and changes nothing more.
func TestStepsComeInOrder(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	quiet := func(string) {}
	for _, what := range exchanged {
		require.ErrorContains(t, d.Rotate(what, secrets.Use, quiet), "the next step of "+what+" is prepare, not use")
		require.ErrorContains(t, d.Rotate(what, secrets.Retire, quiet), "is prepare, not retire")
		for _, step := range []secrets.Step{secrets.Prepare, secrets.Use} {
			require.NoError(t, d.Rotate(what, step, quiet))
			once := copyOf(t, d)
			require.NoError(t, d.Rotate(what, step, quiet))
			require.Empty(t, changed(t, once, d), "%s %s", what, step)
		}
		require.ErrorContains(t, d.Rotate(what, secrets.Prepare, quiet), "is retire, not prepare")
		require.NoError(t, d.Rotate(what, secrets.Retire, quiet))
	}
	require.Error(t, d.Rotate("passwords", secrets.Prepare, quiet))
}

// The last step, broken off at any file and made again, leaves the keys that are in use: never one that nobody knows.
func TestRetiringIsBrokenOff(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	quiet := func(string) {}
	for _, what := range exchanged {
		for _, step := range []secrets.Step{secrets.Prepare, secrets.Use} {
			require.NoError(t, d.Rotate(what, step, quiet))
		}
		state, err := os.ReadFile(filepath.Join(d.Path, "authority", "rotation-"+what))
		require.NoError(t, err)
		used := copyOf(t, d)
		require.NoError(t, d.Rotate(what, secrets.Retire, quiet))
		done := copyOf(t, d)
		require.NoError(t, os.WriteFile(filepath.Join(d.Path, "authority", "rotation-"+what), state, 0o600)) // which goes last
		require.NoError(t, d.Rotate(what, secrets.Retire, quiet))
		require.Empty(t, changed(t, done, d), what)
		for kind, err := range understands(t, d, used) {
			require.NoError(t, err, "%s after %s", kind, what)
		}
	}
}

// Init between the steps leaves an exchange as it is.
func TestInitWhileKeysAreExchanged(t *testing.T) {
	t.Parallel()
	d := fresh(t)
	quiet := func(string) {}
	for _, step := range secrets.Steps {
		for _, what := range exchanged {
			require.NoError(t, d.Rotate(what, step, quiet))
		}
		before := copyOf(t, d)
		require.NoError(t, d.Init(quiet))
		require.Empty(t, changed(t, before, d), step)
	}
}

var exchanged = []string{secrets.PageKeys, secrets.PersonKeys, secrets.TokenKey, secrets.Authority}

func fresh(t *testing.T) secrets.Dir {
	t.Helper()
	d := secrets.Dir{Path: filepath.Join(t.TempDir(), "secrets"), Now: time.Now, Owner: -1}
	require.NoError(t, d.Init(func(string) {}))
	return d
}

// rotated is a directory in which everything was exchanged, with copies of how it was at first and after each step.
func rotated(t *testing.T) (d secrets.Dir, copies []secrets.Dir) {
	t.Helper()
	d = fresh(t)
	copies = append(copies, copyOf(t, d))
	for _, step := range secrets.Steps {
		for _, what := range exchanged {
			require.NoError(t, d.Rotate(what, step, func(string) {}))
		}
		copies = append(copies, copyOf(t, d))
	}
	return d, copies
}

func copyOf(t *testing.T, d secrets.Dir) secrets.Dir {
	t.Helper()
	to := d
	to.Path = filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(to.Path, os.DirFS(d.Path)))
	return to
}

// changed are the files that differ.
func changed(t *testing.T, a, b secrets.Dir) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(b.Path, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(b.Path, path)
		require.NoError(t, err)
		now, err := os.ReadFile(path)
		require.NoError(t, err)
		before, err := os.ReadFile(filepath.Join(a.Path, name))
		if err != nil || !bytes.Equal(before, now) {
			names = append(names, name)
		}
		return nil
	}))
	return names
}

// understands says of each kind of secret whether a process that has what is in the second directory takes what one with the first makes.
func understands(t *testing.T, from, to secrets.Dir) map[string]error {
	t.Helper()
	return map[string]error{
		secrets.PageKeys:   opensPages(t, from, to),
		secrets.PersonKeys: opensPeople(t, from, to),
		secrets.TokenKey:   believesToken(t, from, to),
		secrets.Authority:  believesCertificate(t, from, to),
	}
}

func opensPages(t *testing.T, from, to secrets.Dir) error {
	t.Helper()
	token, err := pages(t, from).Seal("query of a caller", []string{"position"})
	require.NoError(t, err)
	_, err = pages(t, to).Open("query of a caller", token)
	return err
}

func pages(t *testing.T, d secrets.Dir) *page.Sealer {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(d.Path, "voice", "page.key"))
	require.NoError(t, err)
	var keys [][]byte
	for line := range strings.FieldsSeq(string(content)) {
		key, err := base64.StdEncoding.DecodeString(line)
		require.NoError(t, err)
		keys = append(keys, key)
	}
	sealer, err := page.NewSealer(keys...)
	require.NoError(t, err)
	return sealer
}

func opensPeople(t *testing.T, from, to secrets.Dir) error {
	t.Helper()
	ours, err := seal.Read(filepath.Join(from.Path, "profile", "person.key"))
	require.NoError(t, err)
	theirs, err := seal.Read(filepath.Join(to.Path, "profile", "person.key"))
	require.NoError(t, err)
	require.Equal(t, ours.Blind("name", "x"), theirs.Blind("name", "x"), "who was found is found")
	_, kept, err := ours.New(uuid.New())
	require.NoError(t, err)
	_, err = theirs.Unwrap(kept)
	return err
}

func believesToken(t *testing.T, from, to secrets.Dir) error {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(from.Path, "voice", "peer.token"))
	require.NoError(t, err)
	verifier, err := auth.NewVerifier(auth.Config{
		Issuer: secrets.Issuer, Audience: secrets.Audience, Algorithms: []string{"EdDSA"}, KeysFile: filepath.Join(to.Path, "profile", "tokens.jwks"),
	}, time.Now)
	require.NoError(t, err)
	_, err = verifier.Verify(context.Background(), string(token))
	return err
}

func believesCertificate(t *testing.T, from, to secrets.Dir) error {
	t.Helper()
	own, err := tls.LoadX509KeyPair(filepath.Join(from.Path, "voice", "voice.crt"), filepath.Join(from.Path, "voice", "voice.key"))
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(to.Path, "profile", "ca.crt"))
	require.NoError(t, err)
	believed := x509.NewCertPool()
	require.True(t, believed.AppendCertsFromPEM(text))
	_, err = own.Leaf.Verify(x509.VerifyOptions{Roots: believed, DNSName: "voice", KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	return err
}
