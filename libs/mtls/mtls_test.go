package mtls_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/mtls"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{certificate, key}
}

// issue writes what a process of that name has, believing the authorities given.
func (a authority) issue(t *testing.T, dir, name string, believes ...authority) mtls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), DNSNames: []string{name, "localhost"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	require.NoError(t, err)
	private, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	c := mtls.Config{Files: mtls.Files{
		CertFile: filepath.Join(dir, name+".crt"), KeyFile: filepath.Join(dir, name+".key"), CAFile: filepath.Join(dir, name+"-ca.crt"),
	}}
	var trusted []byte
	for _, b := range believes {
		trusted = append(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.certificate.Raw})...)
	}
	require.NoError(t, os.WriteFile(c.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}), 0o600))
	require.NoError(t, os.WriteFile(c.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(c.CAFile, trusted, 0o600))
	return c
}

// serve starts a server and returns its address.
func serve(t *testing.T, c mtls.Config) string {
	t.Helper()
	require.NoError(t, c.Check())
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer(c.Server())
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return net.JoinHostPort("localhost", port)
}

// call makes one call on a connection of its own.
func call(t *testing.T, address string, option grpc.DialOption) error {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, option)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	return err
}

func TestWhoIsLetIn(t *testing.T) {
	t.Parallel()
	ours, others := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	server := ours.issue(t, dir, "profile", ours)
	server.Allow = []string{"gateway"}
	address := serve(t, server)
	gateway := ours.issue(t, dir, "gateway", ours)
	require.NoError(t, call(t, address, gateway.Client()))
	for why, option := range map[string]grpc.DialOption{
		"a name that is not on the list":            ours.issue(t, dir, "voice", ours).Client(),
		"the right name from another authority":     others.issue(t, t.TempDir(), "gateway", ours).Client(),
		"no certificate":                            grpc.WithTransportCredentials(insecure.NewCredentials()),
		"a client that does not believe the server": ours.issue(t, t.TempDir(), "gateway", others).Client(),
	} {
		require.Equal(t, codes.Unavailable, status.Code(call(t, address, option)), why)
	}
	nobody := ours.issue(t, t.TempDir(), "profile", ours)
	require.Equal(t, codes.Unavailable, status.Code(call(t, serve(t, nobody), gateway.Client())), "an empty list lets nobody in")
}

// The server must be whom the client called, not merely somebody of ours.
func TestServerMustHaveTheNameItIsCalledBy(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t)
	dir := t.TempDir()
	server := ours.issue(t, dir, "profile", ours)
	server.Allow = []string{"gateway"}
	_, port, err := net.SplitHostPort(serve(t, server))
	require.NoError(t, err)
	client := ours.issue(t, dir, "gateway", ours).Client()
	require.Equal(t, codes.Unavailable, status.Code(call(t, net.JoinHostPort("127.0.0.1", port), client)))
}

func TestCertificatesAreReplacedWithoutRestart(t *testing.T) {
	t.Parallel()
	first, second := newAuthority(t), newAuthority(t)
	serverDir, clientDir := t.TempDir(), t.TempDir()
	server := first.issue(t, serverDir, "profile", first)
	server.Allow = []string{"gateway"}
	address := serve(t, server)
	client := first.issue(t, clientDir, "gateway", first)
	require.NoError(t, call(t, address, client.Client()))

	first.issue(t, serverDir, "profile", first, second)
	second.issue(t, clientDir, "gateway", first, second)
	require.NoError(t, call(t, address, client.Client()), "the new one is believed beside the old")
	second.issue(t, serverDir, "profile", second)
	require.NoError(t, call(t, address, client.Client()))
	require.Equal(t, codes.Unavailable, status.Code(call(t, address, first.issue(t, t.TempDir(), "gateway", first, second).Client())), "the old one no longer")

	require.NoError(t, os.WriteFile(server.CertFile, []byte("half"), 0o600))
	require.NoError(t, call(t, address, client.Client()), "until the new pair is whole the old one holds")
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	require.NoError(t, mtls.Config{}.Check())
	require.ErrorContains(t, mtls.Files{CertFile: "x"}.Check(), "belong together")
	require.ErrorContains(t, mtls.Files{CertFile: "x", KeyFile: "y", CAFile: "z"}.Check(), "no such file")
	require.NoError(t, call(t, serve(t, mtls.Config{}), mtls.Config{}.Client()), "in the clear")
}
