package secrets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

const (
	authorityLife   = 10 * 365 * 24 * time.Hour
	certificateLife = 365 * 24 * time.Hour
	// early is before when a certificate is good: the clocks of machines differ.
	early = time.Hour
)

// The files of who signs.
const (
	authorityCertificate = "ca.crt"
	authorityKey         = "ca.key"
)

// certificates makes one for each process, signed by an authority of the installation's own.
func (d Dir) certificates(say func(string)) error {
	signer, err := d.authority(say)
	if err != nil {
		return err
	}
	believed, err := d.believed()
	if err != nil {
		return err
	}
	names := []string{gateway, broker, Operator}
	for _, s := range Services {
		names = append(names, s.Name)
	}
	for _, name := range names {
		if err := d.certificate(name, signer, say); err != nil {
			return err
		}
		if err := d.write(name, authorityCertificate, believed); err != nil {
			return err
		}
	}
	return nil
}

// believed are the certificates of those whose signature counts: more than one while they are exchanged.
func (d Dir) believed() ([]byte, error) {
	all, err := os.ReadFile(d.file(authority, authorityCertificate))
	if err != nil {
		return nil, err
	}
	for _, other := range []string{followed, former} {
		text, err := os.ReadFile(d.file(authority, authorityCertificate+other))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		all = append(all, text...)
	}
	return all, nil
}

// issuer signs certificates.
type issuer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func (d Dir) authority(say func(string)) (issuer, error) {
	path := d.file(authority, authorityCertificate)
	absent, err := missing(path)
	if err != nil {
		return issuer{}, err
	}
	if absent {
		if err := d.newAuthority(""); err != nil {
			return issuer{}, err
		}
		say(path)
	}
	certificate, err := readCertificate(path)
	if err != nil {
		return issuer{}, err
	}
	block, err := readBlock(d.file(authority, authorityKey))
	if err != nil {
		return issuer{}, err
	}
	key, err := x509.ParseECPrivateKey(block)
	if err == nil && !key.PublicKey.Equal(certificate.PublicKey) {
		err = fmt.Errorf("%s is not of the key beside it: its exchange was broken off, make that step again", path)
	}
	return issuer{certificate, key}, err
}

// newAuthority makes one, in files whose names end so.
func (d Dir) newAuthority(end string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := d.template("Guanxi", authorityLife)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	return d.sign(pairFiles{authority, authorityCertificate + end, authorityKey + end}, template, issuer{template, key}, key)
}

func (d Dir) certificate(name string, by issuer, say func(string)) error {
	file := name + ".crt"
	path := d.file(name, file)
	old, err := readCertificate(path)
	switch {
	case err == nil && d.Now().Before(old.NotAfter.Add(-certificateLife/3)) && old.CheckSignatureFrom(by.certificate) == nil:
		return nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := d.template(name, certificateLife)
	template.DNSNames = []string{name, "localhost"}
	if name == broker { // the nodes of a cluster
		template.DNSNames = append(template.DNSNames, "nats-2", "nats-3")
	}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	say(path)
	return d.sign(pairFiles{name, file, name + ".key"}, template, by, key)
}

func (d Dir) template(name string, life time.Duration) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // it never fails
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Guanxi"}},
		NotBefore: d.Now().Add(-early), NotAfter: d.Now().Add(life),
	}
}

// pairFiles are where a certificate and its key lie.
type pairFiles struct{ folder, certificate, key string }

// sign writes key and certificate; the key first, so that a certificate that is there has one.
func (d Dir) sign(at pairFiles, template *x509.Certificate, by issuer, key *ecdsa.PrivateKey) error {
	der, err := x509.CreateCertificate(rand.Reader, template, by.certificate, key.Public(), by.key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	if err := d.write(at.folder, at.key, encode("EC PRIVATE KEY", private)); err != nil {
		return err
	}
	return d.write(at.folder, at.certificate, encode("CERTIFICATE", der))
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func readCertificate(path string) (*x509.Certificate, error) {
	der, err := readBlock(path)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func readBlock(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not PEM", path)
	}
	return block.Bytes, nil
}
