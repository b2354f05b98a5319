package person

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/level"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/receipt"
)

// PrivacyServer serves PersonPrivacyService.
type PrivacyServer struct {
	profilev1.UnimplementedPersonPrivacyServiceServer
	store    *Store
	receipts *receipt.Store
	list     *listing.List
}

// NewPrivacyServer makes the server.
func NewPrivacyServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, keys *seal.Keys) (*PrivacyServer, error) {
	bases := map[string]any{}
	for name, number := range profilev1.Erasure_Basis_value {
		bases[name] = number
	}
	list, err := listing.Compile(listing.Spec{
		Resource: &profilev1.Erasure{},
		Key:      "e.person_id",
		Fields: []listing.Field{
			{Path: "basis", Column: "e.basis", Kind: listing.Enum, Values: bases},
			{Path: "reference", Column: "e.reference", Kind: listing.String},
			{Path: "actor", Column: "e.actor", Kind: listing.String},
			{Path: "erase_time", Column: "e.erase_time", Kind: listing.Timestamp, Sortable: true},
		},
		DefaultOrder: "erase_time desc",
	}, pages)
	if err != nil {
		return nil, err
	}
	return &PrivacyServer{store: NewStore(db, now, keys), receipts: receipt.NewStore(db, now), list: list}, nil
}

// ErasePerson implements PersonPrivacyService.
func (s *PrivacyServer) ErasePerson(ctx context.Context, r *profilev1.ErasePersonRequest) (*profilev1.Erasure, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "people")
	if err != nil {
		return nil, err
	}
	e := &Erasure{Basis: int32(r.GetBasis()), Reference: r.GetReference()}
	if err := s.store.Erase(ctx, ids[0], ids[1], r.GetEtag(), e); err != nil {
		return nil, err
	}
	return e.toProto(), nil
}

// ListErasures implements PersonPrivacyService.
func (s *PrivacyServer) ListErasures(ctx context.Context, r *profilev1.ListErasuresRequest) (*profilev1.ListErasuresResponse, error) {
	plan, err := s.list.PlanFor(ctx, profilev1.PersonPrivacyService_ListErasures_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.erasures(ctx, plan)
	if err != nil {
		return nil, err
	}
	asked := make([]receipt.Ask, len(rows))
	for i, r := range rows {
		asked[i] = receipt.Ask{Kind: receipt.Forgotten, Subject: r.PersonID, Since: r.Time}
	}
	received, err := s.receipts.Of(ctx, asked)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListErasuresResponse{NextPageToken: next}
	for i := range rows {
		e := rows[i].toProto()
		for _, r := range received[i] {
			e.Receipts = append(e.Receipts, &profilev1.ErasureReceipt{Service: r.Service, ReceiveTime: timestamppb.New(r.Time)})
		}
		out.Erasures = append(out.Erasures, e)
	}
	return out, nil
}

func (e *Erasure) toProto() *profilev1.Erasure {
	return &profilev1.Erasure{
		Name: "erasures/" + e.PersonID.String(), Person: Name(e.CustomerID, e.PersonID), Basis: profilev1.Erasure_Basis(e.Basis), Reference: e.Reference,
		Actor: e.Actor, EraseTime: timestamppb.New(e.Time),
	}
}

// export is all that is held on a person.
type export struct {
	ExportTime time.Time                   `json:"export_time"`
	Person     json.RawMessage             `json:"person"`
	Reports    []string                    `json:"reports"`
	History    []entry                     `json:"history"`
	Records    map[string][]map[string]any `json:"records"`
	Elsewhere  []keeper                    `json:"elsewhere"`
}

// ExportPerson implements PersonPrivacyService.
func (s *PrivacyServer) ExportPerson(ctx context.Context, r *profilev1.ExportPersonRequest) (*httpbody.HttpBody, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "people")
	if err != nil {
		return nil, err
	}
	p, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	out := export{ExportTime: s.store.now(), Reports: []string{}, Elsewhere: keepers}
	shown := ToProto(p)
	level.Redact(shown, auth.From(ctx).Level)
	if out.Person, err = protojson.Marshal(shown); err != nil {
		return nil, fmt.Errorf("export %s: %w", shown.GetName(), err)
	}
	reports, err := s.store.reports(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, id := range reports {
		out.Reports = append(out.Reports, Name(p.CustomerID, id))
	}
	if out.History, err = s.store.history(ctx, p); err != nil {
		return nil, err
	}
	if out.Records, err = s.store.records(ctx, p); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", shown.GetName(), err)
	}
	return document.File{Name: "person-" + p.ID.String() + ".json", Type: document.JSON, Data: data}.Body()
}
