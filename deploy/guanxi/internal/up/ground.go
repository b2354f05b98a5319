package up

import (
	"context"
	"errors"

	"github.com/guanxi-crm/guanxi/libs/service"
)

// OnGround runs what needs the databases of services and the broker of an instance that does not run: it starts both, no service, and stops them afterwards. What do is given
// are the configurations of the services named. An instance that runs is refused.
func OnGround(ctx context.Context, options Options, names []string, do func(context.Context, map[string]service.Config) error) (err error) {
	if _, err := options.Dir.ExistingSigner(); err != nil {
		return err
	}
	u := newStack(options)
	defer func() { err = errors.Join(err, u.stop()) }()
	if err := u.ground(ctx, names); err != nil {
		return err
	}
	configs := map[string]service.Config{}
	for _, name := range names {
		if configs[name], err = u.config(ctx, name); err != nil {
			return err
		}
	}
	return do(ctx, configs)
}
