package secrets

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"

	"github.com/guanxi-crm/guanxi/libs/events"
)

// subscribers is the folder in which each company system that listens has one of its own, to be handed over as it is.
const subscribers = "subscribers"

// Durable is the name of a subscriber's consumer. No service of ours has one of that form.
func Durable(name string) string { return "subscriber-" + name }

// Inbox is the prefix of the subjects by which answers come to a subscriber; nobody else may listen there.
func Inbox(name string) string { return "_INBOX_" + name }

// Subscriber makes the credentials of a company system, in a folder of its own, with the certificate to trust: it may fetch what its consumer has for it, acknowledge that,
// ask how its consumer stands, and nothing else.
func (d Dir) Subscriber(name string) (folder string, err error) {
	account, err := d.readPair("account.nk")
	if err != nil {
		return "", err
	}
	var p jwt.Permissions
	p.Pub.Allow.Add(
		"$JS.API.CONSUMER.MSG.NEXT."+events.StreamName+"."+Durable(name),
		"$JS.API.CONSUMER.INFO."+events.StreamName+"."+Durable(name),
		"$JS.ACK."+events.StreamName+"."+Durable(name)+".>",
	)
	p.Sub.Allow.Add(Inbox(name) + ".>")
	credentials, err := user(account, Durable(name), p)
	if err != nil {
		return "", err
	}
	believed, err := d.believed()
	if err != nil {
		return "", err
	}
	folder = filepath.Join(subscribers, name)
	for file, content := range map[string][]byte{"nats.creds": credentials, authorityCertificate: believed} {
		if err := d.write(folder, file, content); err != nil {
			return "", err
		}
	}
	return filepath.Join(d.Path, folder), nil
}

// tellSubscribers renews in their folders whose certificates are to be believed: they have to be handed over.
func (d Dir) tellSubscribers(say func(string)) error {
	believed, err := d.believed()
	if err != nil {
		return err
	}
	folders, err := filepath.Glob(d.file(subscribers, "*/"+authorityCertificate))
	if err != nil {
		return err
	}
	for _, path := range folders {
		say(path)
		if err := d.write(filepath.Join(subscribers, filepath.Base(filepath.Dir(path))), authorityCertificate, believed); err != nil {
			return err
		}
	}
	return nil
}

// Revoke shuts a subscriber out: it returns what the broker is to be told, as a user of its own account, and notes it. Credentials made later for the same name are others.
func (d Dir) Revoke(name string) (account string, err error) {
	credentials, err := os.ReadFile(d.file(filepath.Join(subscribers, name), "nats.creds"))
	if err != nil {
		return "", fmt.Errorf("there is no subscriber %s (%w)", name, err)
	}
	token, err := jwt.ParseDecoratedJWT(credentials)
	if err != nil {
		return "", err
	}
	claims, err := jwt.DecodeUserClaims(token)
	if err != nil {
		return "", err
	}
	operator, err := d.readPair("operator.nk")
	if err != nil {
		return "", err
	}
	now, err := os.ReadFile(d.file(authority, accountFile))
	if err != nil {
		return "", err
	}
	ours, err := jwt.DecodeAccountClaims(string(now))
	if err != nil {
		return "", err
	}
	ours.Revoke(claims.Subject)
	account, err = ours.Encode(operator)
	if err != nil {
		return "", err
	}
	return account, d.write(authority, accountFile, []byte(account))
}

// System makes short-lived credentials of the broker's own account, by which its accounts are changed.
func (d Dir) System() ([]byte, error) {
	system, err := d.readPair("system.nk")
	if err != nil {
		return nil, err
	}
	return user(system, Operator, jwt.Permissions{})
}

// Forget removes a subscriber's folder.
func (d Dir) Forget(name string) error { return os.RemoveAll(filepath.Join(d.Path, subscribers, name)) }

func (d Dir) readPair(name string) (nkeys.KeyPair, error) {
	seed, err := os.ReadFile(d.file(authority, name))
	if err != nil {
		return nil, fmt.Errorf("secrets: %w (guanxi init makes it)", err)
	}
	return nkeys.FromSeed(seed)
}
