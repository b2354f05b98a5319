package main

import (
	"fmt"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/secrets"
)

type rotateCommand struct {
	secretsFlag
	What string `arg:"" help:"What is exchanged: page-keys, person-keys, token-key or authority." enum:"page-keys,person-keys,token-key,authority"`
	Step string `arg:"" help:"prepare: all learn of the new one; use: it is used, and the old one still known; retire: the old one is good for nothing." enum:"prepare,use,retire"`
}

// Run makes one step, and says what has to happen before the next.
func (c rotateCommand) Run() error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	step := secrets.Step(c.Step)
	if err := dir.Rotate(c.What, step, func(path string) { fmt.Println(path) }); err != nil {
		return err
	}
	fmt.Println(takenUp[c.What])
	switch step {
	case secrets.Prepare:
		fmt.Printf("Then: guanxi rotate %s %s\n", c.What, secrets.Use)
	case secrets.Use:
		fmt.Printf("%s Then: guanxi rotate %s %s\n", outlived[c.What], c.What, secrets.Retire)
	case secrets.Retire:
		fmt.Println("With that the exchange is complete.")
	}
	return nil
}

// takenUp says how the processes take up changed files.
var takenUp = map[string]string{
	secrets.PageKeys:   "Restart the services, one replica after another.",
	secrets.PersonKeys: "Restart the replicas of profile, one after another.",
	secrets.TokenKey:   "The services take the files up by themselves within five minutes.",
	secrets.Authority:  "The processes of ours take the files up with their next connection; have the broker read its own again (docker-compose kill -s HUP nats), and hand over the folders of subscribers.",
}

// outlived says what must be over before the old one is retired.
var outlived = map[string]string{
	secrets.PageKeys:   "Whoever is in the middle of a list with pages begins it anew once the old keys are retired.",
	secrets.PersonKeys: "In the night the keys of people are wrapped anew (schedule rewrap-person-keys, 22:45 UTC); before the old key is retired that must have run.",
	secrets.TokenKey:   "Wait until no token that was made before is needed: they last as long as guanxi token --ttl said.",
	secrets.Authority:  "Wait until all subscribers have taken over their folders.",
}
