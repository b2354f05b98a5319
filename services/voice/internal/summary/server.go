package summary

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/api/httpbody"

	"github.com/guanxi-crm/guanxi/libs/document"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Server serves VoiceSummaryService.
type Server struct {
	voicev1.UnimplementedVoiceSummaryServiceServer
	store   *Store
	now     func() time.Time
	numbers *settings.Store
}

// NewServer makes the server.
func NewServer(store *Store, numbers *settings.Store) *Server {
	return &Server{store: store, now: store.now, numbers: numbers}
}

// GetVoiceSummary implements VoiceSummaryService.
func (s *Server) GetVoiceSummary(ctx context.Context, r *voicev1.GetVoiceSummaryRequest) (*voicev1.VoiceSummary, error) {
	sum, _, err := s.read(ctx, r.GetName(), r.GetFiscalYear())
	if err != nil {
		return nil, err
	}
	return sum.toProto(), nil
}

// PrintVoiceSummary implements VoiceSummaryService. All that is in it is of level BASIC.
func (s *Server) PrintVoiceSummary(ctx context.Context, r *voicev1.PrintVoiceSummaryRequest) (*httpbody.HttpBody, error) {
	sum, n, err := s.read(ctx, r.GetName(), r.GetFiscalYear())
	if err != nil {
		return nil, err
	}
	of := ""
	if sum.Customer != resource.Any {
		if of, err = s.store.customer(ctx, sum.Customer); err != nil {
			return nil, err
		}
	}
	t := chinese
	if r.GetLanguage() == voicev1.PrintVoiceSummaryRequest_EN {
		t = english
	}
	data, err := layOut(sum, t, of, s.now().In(n.Zone)).page()
	if err != nil {
		return nil, err
	}
	return document.File{Name: fmt.Sprintf("%s-%d.html", t.say(title), sum.FiscalYear), Type: document.HTML, Inline: true, Data: data}.Body()
}

func (s *Server) read(ctx context.Context, name string, year int32) (*Summary, *settings.Numbers, error) {
	parent, ok := strings.CutSuffix(name, "/voiceSummary")
	customer, err := resource.ParseAny("name", parent, "customers")
	if err != nil || !ok {
		return nil, nil, malformed()
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, nil, err
	}
	today := n.Today(s.now())
	if int(year) > n.FiscalYear(today) {
		return nil, nil, fault.Invalid(fault.Field("fiscal_year", "FUTURE", fault.Text{En: "has not begun yet", Zh: "尚未开始"}))
	}
	sum, err := s.store.Read(ctx, customer, int(year), Year(n, int(year)), today)
	return sum, n, err
}

func malformed() error {
	return fault.Invalid(fault.Field("name", "RESOURCE_NAME", fault.Text{
		En: "must be a name of the form customers/{id}/voiceSummary whose id is a UUID in lower case, or -", Zh: "必须是 customers/{id}/voiceSummary 形式的资源名，id 为小写 UUID 或 -",
	}))
}

const selectName = `select display_name from customers where customer_id = $1`

// customer is what a customer is called; empty of a person.
func (s *Store) customer(ctx context.Context, id uuid.UUID) (name string, err error) {
	return name, s.db.Get(ctx, &name, selectName, id)
}
