package segment

import (
	"context"
	"log/slog"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

// Part holds the customers of an assessment to the rules of all active segments.
type Part struct {
	store    *Store
	log      *slog.Logger
	compiled *lru.Cache[string, *rule.Rule] // by source
}

// NewPart makes the part.
func NewPart(db *postgres.DB, log *slog.Logger) (*Part, error) {
	compiled, err := lru.New[string, *rule.Rule](2 * maxActive)
	if err != nil {
		return nil, err
	}
	return &Part{store: NewStore(db, nil), log: log, compiled: compiled}, nil
}

const selectActive = `select ` + plain + ` from segments s where s.state = 1 order by s.segment_id`

// Assess implements assess.Part.
func (p *Part) Assess(ctx context.Context, scope assess.Scope) ([]assess.Announcement, error) {
	understood, err := p.active(ctx)
	if err != nil {
		return nil, err
	}
	return p.store.judge(ctx, understood, scope.Customers, moment(scope.Day, scope.Settings.Zone), scope.Now)
}

// active are the active segments.
func (p *Part) active(ctx context.Context) ([]judged, error) {
	var active []Segment
	if err := p.store.db.Select(ctx, &active, selectActive); err != nil {
		return nil, err
	}
	understood := make([]judged, 0, len(active))
	for _, g := range active {
		r, err := p.compile(g.Rule)
		if err != nil { // written by another release of this program: its members stay, and everybody else is judged
			p.log.WarnContext(ctx, "segment: the rule is not understood, its members stay as they are", "segment", g.ID, "error", err)
			continue
		}
		understood = append(understood, judged{g, r})
	}
	return understood, nil
}

func (p *Part) compile(source string) (*rule.Rule, error) {
	if known, ok := p.compiled.Get(source); ok {
		return known, nil
	}
	r, err := rule.Compile(source)
	if err == nil {
		p.compiled.Add(source, r)
	}
	return r, err
}
