package response

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// ValidateResponses implements ResponseService.
func (s *Server) ValidateResponses(ctx context.Context, r *satisfactionv1.ValidateResponsesRequest) (*satisfactionv1.ValidateResponsesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "surveys")
	if err != nil {
		return nil, err
	}
	tally, err := s.store.Validate(ctx, ids[0], auth.From(ctx).Scope(), r.GetDryRun())
	if err != nil {
		return nil, err
	}
	return tally.toProto(), nil
}

// VoidResponse implements ResponseService.
func (s *Server) VoidResponse(ctx context.Context, r *satisfactionv1.VoidResponseRequest) (*satisfactionv1.Response, error) {
	return s.decide(ctx, r.GetName(), r.GetEtag(), Decision{Why: ByHand, ByHand: true, Said: r.GetReason()})
}

// RestoreResponse implements ResponseService.
func (s *Server) RestoreResponse(ctx context.Context, r *satisfactionv1.RestoreResponseRequest) (*satisfactionv1.Response, error) {
	return s.decide(ctx, r.GetName(), r.GetEtag(), Decision{ByHand: true, Said: r.GetReason()})
}

func (s *Server) decide(ctx context.Context, name, tag string, d Decision) (*satisfactionv1.Response, error) {
	of, id, err := idsOf(name)
	if err != nil {
		return nil, err
	}
	decided, err := s.store.Decide(ctx, of, id, tag, d)
	return s.answer(ctx, decided, err)
}

// CodeResponse implements ResponseService.
func (s *Server) CodeResponse(ctx context.Context, r *satisfactionv1.CodeResponseRequest) (*satisfactionv1.Response, error) {
	of, id, err := idsOf(r.GetName())
	if err != nil {
		return nil, err
	}
	coded, err := s.store.Code(ctx, of, id, r.GetEtag(), r.GetQuestion(), r.GetCodes())
	return s.answer(ctx, coded, err)
}

// ReplaceCodes implements ResponseService.
func (s *Server) ReplaceCodes(ctx context.Context, r *satisfactionv1.ReplaceCodesRequest) (*satisfactionv1.ReplaceCodesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "surveys")
	if err != nil {
		return nil, err
	}
	codes, seen := make([]Code, len(r.GetCodes())), map[string]bool{}
	for i, c := range r.GetCodes() {
		if seen[c.GetCode()] {
			return nil, fault.Invalid(fault.Field(at("codes", i)+".code", "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
		seen[c.GetCode()] = true
		codes[i] = Code{Code: c.GetCode(), LabelEn: c.GetLabelEn(), LabelZh: c.GetLabelZh()}
	}
	book, err := s.store.ReplaceCodes(ctx, ids[0], r.GetQuestion(), codes)
	if err != nil {
		return nil, err
	}
	return &satisfactionv1.ReplaceCodesResponse{Codes: codesToProto(book)}, nil
}

// ListCodes implements ResponseService.
func (s *Server) ListCodes(ctx context.Context, r *satisfactionv1.ListCodesRequest) (*satisfactionv1.ListCodesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "surveys")
	if err != nil {
		return nil, err
	}
	codes, err := s.store.Codes(ctx, ids[0], "")
	if err != nil {
		return nil, err
	}
	return &satisfactionv1.ListCodesResponse{Codes: codesToProto(codes)}, nil
}
