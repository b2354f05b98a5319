package powermap

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// writer reads what a caller writes, and collects what is wrong with it.
type writer struct {
	customer uuid.UUID
	caller   string
	today    time.Time
	numbers  *settings.Numbers
	wrong    []fault.Violation
}

// writer is for a customer whom the caller sees: nothing is said of what he sent before that is known.
func (s *Server) writer(ctx context.Context, field, name string) (*writer, error) {
	customer, err := customerOf(field, name)
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.store.db, customer); err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	return &writer{customer: customer, caller: auth.From(ctx).Subject, today: numbers.Today(s.now()), numbers: numbers}, nil
}

// refuse notes what is wrong at a place of the request.
func (w *writer) refuse(at string, wrong ...fault.Violation) {
	for _, v := range wrong {
		v.Field = at + "." + v.Field
		w.wrong = append(w.wrong, v)
	}
}

func (w *writer) verdict() error {
	if len(w.wrong) == 0 {
		return nil
	}
	return fault.Invalid(w.wrong...)
}

func claimsOf(given []*Given) []Claim {
	out := make([]Claim, len(given))
	for i, g := range given {
		out[i] = g.Claim()
	}
	return out
}

// introduce refuses claims about people whom planning does not know.
func (s *Server) introduce(ctx context.Context, w *writer, field string, given []*Given, claims []Claim) error {
	unknown, err := s.store.Unknown(ctx, w.customer, People(claims))
	if err != nil || len(unknown) == 0 {
		return err
	}
	for i, g := range given {
		w.refuse(fmt.Sprintf("%s[%d]", field, i), g.Strangers(unknown, fact.PersonUnknown)...)
	}
	return w.verdict()
}

// ReplacePowerMap implements PowerMapService.
func (s *Server) ReplacePowerMap(ctx context.Context, r *planningv1.ReplacePowerMapRequest) (*planningv1.PowerMap, error) {
	in := r.GetPowerMap()
	w, err := s.writer(ctx, "power_map.name", in.GetName())
	if err != nil {
		return nil, err
	}
	const field = "power_map.claims"
	given := w.read(field, in.GetClaims(), false)
	if err := w.verdict(); err != nil {
		return nil, err
	}
	claims := claimsOf(given)
	w.refuse("power_map", Twice(claims)...)
	w.refuse("power_map", Bounded("claims", claims)...)
	if err := w.verdict(); err != nil {
		return nil, err
	}
	v, err := s.store.change(ctx, w.customer, in.GetProject(), in.GetEtag(), func(ctx context.Context, stored []Claim) ([]Claim, error) {
		return Replace(stored, claims), s.introduce(ctx, w, field, given, claims)
	})
	if err != nil {
		return nil, err
	}
	return s.show(ctx, v, w.today, w.numbers)
}

// ObservePowerMap implements PowerMapService.
func (s *Server) ObservePowerMap(ctx context.Context, r *planningv1.ObservePowerMapRequest) (*planningv1.ObservePowerMapResponse, error) {
	w, err := s.writer(ctx, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	given := w.read("observations", r.GetObservations(), false)
	retracted := w.read("retractions", r.GetRetractions(), true)
	if err := w.verdict(); err != nil {
		return nil, err
	}
	claims, keys := claimsOf(given), make([]Key, len(retracted))
	for i, g := range retracted {
		keys[i] = g.Claim().Key
	}
	v, err := s.store.change(ctx, w.customer, r.GetProject(), r.GetEtag(), func(ctx context.Context, stored []Claim) ([]Claim, error) {
		next, unknown := Observe(stored, keys, claims)
		if unknown >= 0 {
			return nil, fault.Invalid(fault.Field(fmt.Sprintf("retractions[%d]", unknown), "CLAIM_UNKNOWN", fault.Text{En: "is no claim on the map", Zh: "不是地图上的论断"}))
		}
		if wrong := Bounded("observations", next); len(wrong) > 0 {
			return nil, fault.Invalid(wrong...)
		}
		return next, s.introduce(ctx, w, "observations", given, claims)
	})
	if err != nil {
		return nil, err
	}
	out := &planningv1.ObservePowerMapResponse{Version: v.Number, Etag: etag.Of(v.Revision)}
	now, lifetime := byKey(v.Claims), Lifetime(w.numbers.Evidence)
	said := map[Key]bool{}
	for i := range claims {
		c := now[claims[i].Key]
		if said[c.Key] {
			continue
		}
		said[c.Key] = true
		weighed := weigh(&c, w.today, w.numbers.Evidence)
		out.Claims = append(out.Claims, weighed.toProto(w.customer, lifetime))
	}
	return out, nil
}
