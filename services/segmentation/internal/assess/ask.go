package assess

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/operation"
)

// Ask has all customers judged anew as of today, because something that they are judged by has changed in the transaction of ctx: a run begins after it has
// committed. Those who ask before a run has begun share it.
func (a *Assessor) Ask(ctx context.Context) error {
	n, err := a.Settings.Current(ctx)
	if err != nil {
		return err
	}
	_, err = operation.Ensure(background(ctx), a.DB, kind, request{Day: n.Today(a.Now())}, a.Now())
	return err
}
