package settings

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Update makes a new version, in force at once, of the masked fields of change and of what is in force; see mask.Apply. When that makes no difference there is no
// new version, and the one in force is the answer. It is the whole of an RPC whose request calls the change "settings", or as In says; errors name fields below it.
//
// An etag in change that is not that of the version in force is ABORTED; so is the later one of two who make a version at the same time. INVALID_ARGUMENT names
// field and rule: another name than that of the settings, what mask.Apply refuses, what the service's check does.
func (s *Store[M]) Update(ctx context.Context, change M, paths *fieldmaskpb.FieldMask) (M, error) {
	name := s.shipped.GetName()
	if change.GetName() != name {
		return s.none(), fault.Invalid(fault.Field(s.field+".name", "RESOURCE_NAME", fault.Text{En: "must be " + name, Zh: "必须为 " + name}))
	}
	current, err := s.Current(ctx)
	if err != nil {
		return s.none(), err
	}
	if err := etag.Check(change.GetEtag(), int64(current.GetVersion()), name); err != nil {
		return s.none(), err
	}
	next := proto.CloneOf(current)
	if err := mask.Apply(s.field, next, change, paths, auth.From(ctx).Level); err != nil {
		return s.none(), err
	}
	if wrong := s.check(next); len(wrong) > 0 {
		return s.none(), fault.Prefix(fault.Invalid(wrong...), s.field)
	}
	if proto.Equal(numbers(current), numbers(next)) {
		return current, nil
	}
	return s.add(ctx, next, current.GetVersion()+1)
}

func (s *Store[M]) add(ctx context.Context, m M, version int32) (M, error) {
	r, err := s.row(m, version, auth.From(ctx).Subject)
	if err != nil {
		return s.none(), err
	}
	_, err = s.db.NamedExec(ctx, s.insertVersion(), r)
	if postgres.Violated(err, s.table+"_pkey") {
		return s.none(), fault.Aborted(s.shipped.GetName())
	}
	if err != nil {
		return s.none(), err
	}
	return s.message(r)
}
