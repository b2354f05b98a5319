// Package mtls secures the connections between our own processes: both sides show a certificate of one authority, and a server says by name whom it lets in. The files are
// looked at again for each new connection, so that certificates are replaced without a restart; connections that stand go on.
package mtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Files says where the certificates are. With no file at all connections are in the clear, which is right on loopback and behind a mesh that encrypts.
type Files struct {
	// CertFile and KeyFile are what this process shows, as PEM.
	CertFile string `env:"CERT_FILE"`
	KeyFile  string `env:"KEY_FILE"`
	// CAFile holds the authorities whose certificates are believed, the new one beside the old while they change.
	CAFile string `env:"CA_FILE"`
}

// Config is what a server has beside them.
type Config struct {
	Files
	// Allow are the DNS names in certificates that a server lets in. None: nobody.
	Allow []string `env:"ALLOW"`
}

// Enabled says whether connections are secured.
func (f Files) Enabled() bool { return f.CertFile != "" || f.KeyFile != "" || f.CAFile != "" }

// Check refuses a configuration that is incomplete, or whose files cannot be used.
func (f Files) Check() error {
	if !f.Enabled() {
		return nil
	}
	if f.CertFile == "" || f.KeyFile == "" || f.CAFile == "" {
		return errors.New("mtls: TLS_CERT_FILE, TLS_KEY_FILE and TLS_CA_FILE belong together: all or none")
	}
	_, err := (&keeper{files: f}).current()
	return err
}

// Server is the option of a server that lets in whom Allow names, or everybody in the clear when nothing is configured.
func (c Config) Server() grpc.ServerOption {
	if !c.Enabled() {
		return grpc.Creds(insecure.NewCredentials())
	}
	k := &keeper{files: c.Files}
	return grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			now, err := k.current()
			if err != nil {
				return nil, err
			}
			return &tls.Config{
				MinVersion: tls.VersionTLS13, NextProtos: []string{"h2"}, Certificates: []tls.Certificate{now.own},
				ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: now.authorities, VerifyConnection: c.admit,
			}, nil
		},
	}))
}

// admit holds a client, whose certificate is good, to the list.
func (c Config) admit(state tls.ConnectionState) error {
	for _, name := range state.PeerCertificates[0].DNSNames {
		if slices.Contains(c.Allow, name) {
			return nil
		}
	}
	return fmt.Errorf("mtls: %v is not among those let in", state.PeerCertificates[0].DNSNames)
}

// Client is the option of a client, whose server must have the name that it is called by in its certificate.
func (f Files) Client() grpc.DialOption {
	if !f.Enabled() {
		return grpc.WithTransportCredentials(insecure.NewCredentials())
	}
	k := &keeper{files: f}
	return grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS13,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			now, err := k.current()
			if err != nil {
				return nil, err
			}
			return &now.own, nil
		},
		// The library would check against authorities read once: the same check is made below against those of now.
		InsecureSkipVerify: true, //nolint:gosec // verified by VerifyConnection
		VerifyConnection: func(state tls.ConnectionState) error {
			now, err := k.current()
			if err != nil {
				return err
			}
			return now.verify(state)
		},
	}))
}

// pair is what the files hold at one time.
type pair struct {
	own         tls.Certificate
	authorities *x509.CertPool
}

// verify needs a name to hold the server to: of an address that is a number the handshake knows none, and nobody's certificate would do.
func (p pair) verify(state tls.ConnectionState) error {
	if state.ServerName == "" {
		return errors.New("mtls: a server must be called by its name, not by its number")
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: p.authorities, Intermediates: between, DNSName: state.ServerName})
	return err
}

// keeper reads the files, and again when one of them has changed.
type keeper struct {
	files Files

	mu     sync.Mutex
	stamps [3]time.Time
	pair   pair
}

func (k *keeper) current() (pair, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var stamps [3]time.Time
	for i, file := range []string{k.files.CertFile, k.files.KeyFile, k.files.CAFile} {
		info, err := os.Stat(file)
		if err != nil {
			return pair{}, fmt.Errorf("mtls: %w", err)
		}
		stamps[i] = info.ModTime()
	}
	if stamps == k.stamps {
		return k.pair, nil
	}
	read, err := k.files.read()
	switch {
	case err == nil:
		k.pair, k.stamps = read, stamps
	case k.pair.authorities != nil: // certificate and key are replaced one after the other: until both are there the old ones hold
		return k.pair, nil
	}
	return k.pair, err
}

func (f Files) read() (pair, error) {
	own, err := tls.LoadX509KeyPair(f.CertFile, f.KeyFile)
	if err != nil {
		return pair{}, fmt.Errorf("mtls: %w", err)
	}
	text, err := os.ReadFile(f.CAFile)
	if err != nil {
		return pair{}, fmt.Errorf("mtls: %w", err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return pair{}, fmt.Errorf("mtls: %s holds no certificate", f.CAFile)
	}
	return pair{own, authorities}, nil
}
