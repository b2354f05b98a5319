package liaison

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (l *Liaison) toProto() *planningv1.Liaison {
	out := &planningv1.Liaison{
		Name: l.name(), Department: l.Department, Rank: planningv1.RankLevel(l.Rank), Colleague: l.Colleague, OwnDepartment: l.OwnDepartment, Note: l.Note,
		CreateTime: timestamppb.New(l.CreateTime), UpdateTime: timestamppb.New(l.UpdateTime), Etag: etag.Of(l.Revision),
	}
	if l.Person != nil {
		out.Person = resource.Name("customers", l.Customer, "people", *l.Person)
	}
	return out
}

// set takes over what a caller may say.
func (l *Liaison) set(in *planningv1.Liaison) error {
	l.Department, l.Rank, l.Colleague = in.GetDepartment(), Rank(in.GetRank()), in.GetColleague()
	l.OwnDepartment, l.Note, l.Person = in.GetOwnDepartment(), in.GetNote(), nil
	l.tidy()
	if wrong := l.Check(); len(wrong) > 0 {
		return fault.Invalid(wrong...)
	}
	if in.GetPerson() == "" {
		return nil
	}
	ids, err := resource.Parse("person", in.GetPerson(), "customers", "people")
	if err != nil {
		return err
	}
	if ids[0] != l.Customer {
		return fault.Invalid(fault.Field("person", "OTHER_CUSTOMER", fault.Text{En: "must be of the same customer", Zh: "必须属于同一客户"}))
	}
	l.Person = &ids[1]
	return nil
}

func fromProto(customer uuid.UUID, in *planningv1.Liaison) (*Liaison, error) {
	l := &Liaison{Customer: customer}
	return l, l.set(in)
}

// record notes no values in the history: a senior person may be among them.
func (l *Liaison) record(ctx context.Context, action history.Action, data proto.Message) ([]history.Record, error) {
	event, err := events.New(ctx, l.UpdateTime, l.Customer, data)
	if err != nil {
		return nil, err
	}
	return []history.Record{history.NewRecord(event, action, typev1.Level_MANAGER, nil)}, nil
}
