package fact

import (
	"context"
	"sync"
	"time"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// zones are the time zones that the days of orders can be taken in: those that the database knows, too, which has data of its own about them.
type zones struct {
	db *postgres.DB

	mu    sync.Mutex
	names map[string]bool // nil until they are asked for
}

// known says whether a zone is one of them. Listing them takes the database a moment, so that is done once.
func (z *zones) known(ctx context.Context, name string) (bool, error) {
	if _, err := time.LoadLocation(name); err != nil || name == "" {
		return false, nil
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.names == nil {
		var all []string
		if err := z.db.Select(ctx, &all, `select name from pg_timezone_names`); err != nil {
			return false, err
		}
		z.names = make(map[string]bool, len(all))
		for _, one := range all {
			z.names[one] = true
		}
	}
	return z.names[name], nil
}
