package standing

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Rerank ranks all customers anew if they are few enough for that after each change, and has those looked at again whom that moves. With more of them the borders of
// the last ranking stand until the daily one: what an order costs does not depend on how many customers there are.
func (s *Store) Rerank(ctx context.Context, day, now time.Time, n *settings.Numbers) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		last, known, err := s.Latest(ctx)
		if err != nil || known && last.Count > n.ExactRankingLimit {
			return err
		}
		r, changed, err := s.Rank(ctx, day, now, n)
		if err != nil || !changed {
			return err
		}
		return s.TouchMoved(ctx, r, day, now, n)
	})
}

// RankAll draws the borders between the classes anew.
func (s *Store) RankAll(ctx context.Context, day, now time.Time, n *settings.Numbers) error {
	_, _, err := s.Rank(ctx, day, now, n)
	return err
}
