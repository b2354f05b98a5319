package intake

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
)

// takeSections takes in sections of dossiers, one by one: the same section can be among them more than once.
func (b *batch) takeSections(ctx context.Context) error {
	_, at, err := b.hold(ctx, func(r *profilev1.ImportRow) bool { return r.GetDossierSection() != nil })
	if err != nil || len(at) == 0 {
		return err
	}
	entries, _, err := b.dossiers.Outline(ctx)
	if err != nil {
		return err
	}
	for _, n := range at {
		facts := b.rows[n].GetDossierSection()
		if dossier.Find(entries, facts.GetCode()) == nil {
			b.refuse(n, fault.Invalid(fault.Field("dossier_section.code", "SECTION_UNKNOWN", fault.Text{En: "is not in the outline of dossiers", Zh: "不在档案目录中"})))
			continue
		}
		state, err := b.dossiers.TakeIn(ctx, b.owners[n], facts)
		if err != nil {
			return err
		}
		b.results[n] = result{state: sectionStates[state]}
	}
	return nil
}

var sectionStates = map[dossier.State]state{dossier.Created: created, dossier.Changed: changed, dossier.Unchanged: unchanged}
