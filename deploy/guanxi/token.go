package main

import (
	"fmt"
	"time"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/instance"
	"github.com/guanxi-crm/guanxi/libs/auth"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// dataFlag is the flag of all commands that work with a local instance.
type dataFlag struct {
	Data string `help:"Directory of the instance; /var/lib/guanxi for root, else guanxi in the user's data directory." env:"GUANXI_DATA" placeholder:"DIR"`
}

func (f dataFlag) dir() (instance.Dir, error) {
	if f.Data != "" {
		return instance.Dir(f.Data), nil
	}
	return instance.Default()
}

type tokenCommand struct {
	dataFlag
	Secrets       string        `help:"Directory of an installation's secrets, for a token of that one." env:"GUANXI_SECRETS" placeholder:"DIR"`
	Level         string        `help:"What its bearer may see: ${enum}." enum:"basic,manager,executive" default:"basic"`
	Subject       string        `help:"Who he is, such as alice." required:""`
	Territory     []string      `help:"A territory, such as cn/south, that he is limited to; may be given several times. Everywhere when left out." placeholder:"PATH"`
	Administrator bool          `help:"He may declare attributes and the like."`
	TTL           time.Duration `help:"For how long it is good." default:"12h" name:"ttl"`
}

// levels are the names that people write.
var levels = map[string]typev1.Level{
	"basic": typev1.Level_BASIC, "manager": typev1.Level_MANAGER, "executive": typev1.Level_EXECUTIVE,
}

// Run prints the token and nothing else, so that it can be put into a variable.
func (c tokenCommand) Run() error {
	signer, err := c.signer()
	if err != nil {
		return err
	}
	territories := c.Territory
	if len(territories) == 0 {
		territories = []string{auth.Anywhere}
	}
	token, err := signer.Sign(auth.Principal{
		Subject: c.Subject, Level: levels[c.Level], Territories: territories, Administrator: c.Administrator,
	}, c.TTL)
	if err != nil {
		return err
	}
	_, err = fmt.Println(token)
	return err
}

// signer is that of the installation, if one is named, else of the local instance.
func (c tokenCommand) signer() (*auth.Signer, error) {
	if c.Secrets != "" {
		dir, err := secretsFlag{Secrets: c.Secrets}.dir()
		if err != nil {
			return nil, err
		}
		return dir.ExistingSigner()
	}
	dir, err := c.dir()
	if err != nil {
		return nil, err
	}
	return dir.ExistingSigner()
}
