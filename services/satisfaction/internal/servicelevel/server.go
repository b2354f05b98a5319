package servicelevel

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Server serves ServiceLevelService.
type Server struct {
	satisfactionv1.UnimplementedServiceLevelServiceServer
	db      *postgres.DB
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	pages   *page.Sealer
	list    *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	classes := map[string]any{"": int64(AnyClass)}
	for name, number := range segmentationv1.CustomerClassKind_value {
		classes[name] = int64(number)
	}
	list, err := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.ServiceLevelTarget{}, Key: "target_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "indicator", Column: "indicator", Kind: listing.Enum, Values: named(satisfactionv1.ServiceIndicator_name)},
			{Path: "part", Column: "part", Kind: listing.Enum, Values: named(satisfactionv1.CycleTime_Part_name)},
			{Path: "product_line", Column: "product_line", Kind: listing.String},
			{Path: "customer_class", Column: "class", Kind: listing.Enum, Values: classes},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), numbers: numbers, now: now, pages: pages, list: list}, err
}

// named are the values of an enum by their names.
func named(names map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range names {
		out[name] = int64(number)
	}
	return out
}

const (
	usualSize, mostSize = 50, 1000
	// longest is the longest period in days: ten years.
	longest = 3700
	// everybody stands for all customers.
	everybody = "customers/-"
)

// ask reads what a request is about, and refuses a customer whom the caller may not see.
func (s *Server) ask(ctx context.Context, customer, productLine, class string, rule *satisfactionv1.OnTimeRule, n *settings.Numbers) (*Ask, error) {
	a := &Ask{ProductLine: productLine, Rule: ruleOf(rule).Or(n.ServiceLevel), At: s.now(), Edges: n.ServiceLevel.Days}
	var err error
	if a.Class, err = classOf("customer_class", class); err != nil || customer == "" || customer == everybody {
		return a, err
	}
	ids, err := resource.Parse("customer", customer, "customers")
	if err != nil {
		return nil, err
	}
	a.Customer = &ids[0]
	return a, aggregate.Visible(ctx, s.db, ids[0])
}

// ListServiceLevels implements ServiceLevelService.
func (s *Server) ListServiceLevels(ctx context.Context, r *satisfactionv1.ListServiceLevelsRequest) (*satisfactionv1.ListServiceLevelsResponse, error) {
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.ask(ctx, r.GetCustomer(), r.GetProductLine(), r.GetCustomerClass(), r.GetOnTimeRule(), n)
	if err != nil {
		return nil, err
	}
	a.Group = Group(r.GetGroupBy())
	if a.From, a.To, err = period(r.GetFrom(), r.GetTo()); err != nil {
		return nil, err
	}
	size, err := page.Size(r.GetPageSize(), usualSize, mostSize)
	if err != nil {
		return nil, err
	}
	binding := s.binding(ctx, r, a)
	position, err := s.pages.Open(binding, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if len(position) == 1 {
		a.After = &position[0]
	}
	a.Limit = size + 1
	found, err := s.store.Count(ctx, a)
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListServiceLevelsResponse{OnTimeRule: a.Rule.toProto(), EvaluateTime: timestamppb.New(a.At), SettingsVersion: n.Version}
	if len(found) > size {
		found = found[:size]
		if out.NextPageToken, err = s.pages.Seal(binding, []string{found[size-1].Key}); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 && a.Group == All && a.After == nil {
		found = []Level{Empty("", len(a.Edges)+1)}
	}
	for i := range found {
		out.ServiceLevels = append(out.ServiceLevels, found[i].toProto(a.Group, a.Edges, n.Confidence))
	}
	return out, nil
}

// binding ties the token of a page to what was asked for, and by whom.
func (*Server) binding(ctx context.Context, r *satisfactionv1.ListServiceLevelsRequest, a *Ask) string {
	parts := []string{
		satisfactionv1.ServiceLevelService_ListServiceLevels_FullMethodName, r.GetCustomer(), a.From.Format(time.DateOnly), a.To.Format(time.DateOnly), a.ProductLine,
		auth.From(ctx).Subject,
	}
	for _, number := range []int{int(a.Group), int(a.Class), int(a.Rule.Comparison), int(a.Rule.Due), int(a.Rule.Done)} {
		parts = append(parts, strconv.Itoa(number))
	}
	return page.Binding(parts...)
}

// period are the first and the last day.
func period(first, last *date.Date) (from, to time.Time, err error) {
	if from, err = civil.FromProto("from", first); err != nil {
		return from, to, err
	}
	if to, err = civil.FromProto("to", last); err != nil {
		return from, to, err
	}
	if to.Before(from) || to.After(from.AddDate(0, 0, longest)) {
		return from, to, fault.Invalid(fault.Field("to", "RANGE", fault.Text{
			En: "must be from or one of the 3,700 days after it", Zh: "必须为 from 当日或其后 3,700 天之内",
		}))
	}
	return from, to, nil
}
