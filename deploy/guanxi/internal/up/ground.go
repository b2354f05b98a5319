package up

import (
	"context"
	"errors"

	"github.com/guanxi-crm/guanxi/libs/service"
)

// OnGround runs what needs the database of a service and the broker of an instance that does not run: it starts both, no service, and stops them afterwards. An
// instance that runs is refused.
func OnGround(ctx context.Context, options Options, name string, do func(context.Context, service.Config) error) (err error) {
	if _, err := options.Dir.ExistingSigner(); err != nil {
		return err
	}
	u := newStack(options)
	defer func() { err = errors.Join(err, u.stop()) }()
	if err := u.ground(ctx); err != nil {
		return err
	}
	if err := u.postgres.Create(ctx, name); err != nil {
		return err
	}
	u.endpoints.Databases[name] = u.postgres.URL(name)
	config, err := u.config(ctx, name)
	if err != nil {
		return err
	}
	return do(ctx, config)
}
