package secrets

import (
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"

	"github.com/guanxi-crm/guanxi/libs/events"
)

// The accounts of the broker: one in which all of ours is, and the broker's own.
const (
	accountName = "GUANXI"
	systemName  = "SYS"
	// accountFile is what the account is now, with whom it has shut out.
	accountFile = "account.jwt"
)

// messaging makes the broker's operator, its accounts and a user for each service. Who signs is kept apart: a further user needs no change of the broker.
func (d Dir) messaging(say func(string)) error {
	operator, err := d.pair("operator.nk", nkeys.CreateOperator, say)
	if err != nil {
		return err
	}
	system, err := d.pair("system.nk", nkeys.CreateAccount, say)
	if err != nil {
		return err
	}
	account, err := d.pair("account.nk", nkeys.CreateAccount, say)
	if err != nil {
		return err
	}
	if err := d.configure(operator, system, account, say); err != nil {
		return err
	}
	for _, s := range Services {
		err := d.once(s.Name, "nats.creds", say, func() ([]byte, error) { return user(account, s.Name, serving(s.Name)) })
		if err != nil {
			return err
		}
	}
	return d.once(Operator, "nats.creds", say, func() ([]byte, error) { return user(account, Operator, jwt.Permissions{}) })
}

// serving is what a service may do: publish its own events and no others, read all, and see to the stream and its consumers.
func serving(name string) jwt.Permissions {
	var p jwt.Permissions
	p.Pub.Allow.Add(
		"guanxi."+name+".>", "$JS.API.INFO",
		"$JS.API.STREAM.INFO."+events.StreamName, "$JS.API.STREAM.MSG.GET."+events.StreamName, "$JS.API.STREAM.CREATE."+events.StreamName, "$JS.API.STREAM.UPDATE."+events.StreamName,
		"$JS.API.CONSUMER.*."+events.StreamName+".>", "$JS.API.CONSUMER.MSG.NEXT."+events.StreamName+".>", "$JS.API.CONSUMER.*."+events.StreamName,
		"$JS.ACK."+events.StreamName+".>", "$JS.FC."+events.StreamName+".>",
	)
	p.Sub.Allow.Add("_INBOX.>", "$JS.EVENT.ADVISORY.>")
	return p
}

// pair is a key pair that is kept in the authority's folder.
func (d Dir) pair(name string, create func() (nkeys.KeyPair, error), say func(string)) (nkeys.KeyPair, error) {
	err := d.once(authority, name, say, func() ([]byte, error) {
		pair, err := create()
		if err != nil {
			return nil, err
		}
		return pair.Seed()
	})
	if err != nil {
		return nil, err
	}
	seed, err := os.ReadFile(d.file(authority, name))
	if err != nil {
		return nil, err
	}
	return nkeys.FromSeed(seed)
}

// user makes the credentials of a user of the account.
func user(account nkeys.KeyPair, name string, permissions jwt.Permissions) ([]byte, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, err
	}
	key, err := pair.PublicKey()
	if err != nil {
		return nil, err
	}
	claims := jwt.NewUserClaims(key)
	claims.Name, claims.Permissions = name, permissions
	token, err := claims.Encode(account)
	if err != nil {
		return nil, err
	}
	seed, err := pair.Seed()
	if err != nil {
		return nil, err
	}
	return jwt.FormatUserConfig(token, seed)
}

// configure writes the broker's configuration, once: afterwards its accounts are the broker's own, who keeps what was revoked.
func (d Dir) configure(operator, system, account nkeys.KeyPair, say func(string)) error {
	return d.once(broker, "nats.conf", say, func() ([]byte, error) {
		systemKey, err := system.PublicKey()
		if err != nil {
			return nil, err
		}
		operatorKey, err := operator.PublicKey()
		if err != nil {
			return nil, err
		}
		claims := jwt.NewOperatorClaims(operatorKey)
		claims.Name, claims.SystemAccount = "guanxi", systemKey
		operatorToken, err := claims.Encode(operator)
		if err != nil {
			return nil, err
		}
		systemToken, err := accountToken(operator, system, systemName, false)
		if err != nil {
			return nil, err
		}
		ours, err := accountToken(operator, account, accountName, true)
		if err == nil {
			err = d.write(authority, accountFile, []byte(ours))
		}
		if err != nil {
			return nil, err
		}
		accountKey, err := account.PublicKey()
		if err != nil {
			return nil, err
		}
		return fmt.Appendf(nil, strings.TrimLeft(configuration, "\n"), operatorToken, systemKey, accountKey, ours, systemKey, systemToken), nil
	})
}

func accountToken(operator, account nkeys.KeyPair, name string, streams bool) (string, error) {
	key, err := account.PublicKey()
	if err != nil {
		return "", err
	}
	claims := jwt.NewAccountClaims(key)
	claims.Name = name
	if streams {
		claims.Limits.JetStreamLimits = jwt.JetStreamLimits{
			MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit, MaxAckPending: jwt.NoLimit,
		}
	}
	return claims.Encode(operator)
}

// Every write is on disk before it is acknowledged: the default of two minutes loses acknowledged events when power fails.
const configuration = `
# Made by guanxi init.
server_name: $NATS_NAME
listen: "0.0.0.0:4222"
http: "0.0.0.0:8222"
max_payload: 8388608
ping_interval: "20s"
jetstream {
  store_dir: /data/jetstream
  sync_interval: always
}
tls {
  cert_file: /run/secrets/nats.crt
  key_file: /run/secrets/nats.key
  ca_file: /run/secrets/ca.crt
}
operator: %s
system_account: %s
resolver {
  type: full
  dir: /data/accounts
  allow_delete: false
  interval: "2m"
}
resolver_preload {
  %s: %s
  %s: %s
}
`
