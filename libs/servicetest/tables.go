package servicetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"sync"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
)

// schemas are the migrations that this process has seen, by the service's name and what its files hold: two definitions of one name may differ.
var schemas sync.Map

// tables is what makes the tables of a service, always the same function for the same tables: databases are copied from a template by function. The service still
// migrates when it starts, and finds nothing left to do.
func tables(def service.Definition) (func(context.Context, *postgres.DB) error, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, def.Name)
	if def.Migrations != nil {
		err := fs.WalkDir(def.Migrations, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(def.Migrations, path)
			fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	kept, _ := schemas.LoadOrStore([sha256.Size]byte(sum.Sum(nil)), func(ctx context.Context, db *postgres.DB) error {
		return service.Migrate(ctx, db, def)
	})
	return kept.(func(context.Context, *postgres.DB) error), nil
}
