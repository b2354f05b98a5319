package judgement

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func (j *Judgement) name() string { return resource.Name("customers", j.Customer, "judgements", j.ID) }

func (j *Judgement) toProto() *segmentationv1.Judgement {
	out := &segmentationv1.Judgement{
		Name: j.name(), Factor: j.Factor, Level: int32(j.Level), Evidence: j.Evidence, JudgeDate: civil.Date(j.JudgeDay),
		ExpireDate: civil.Date(j.ExpireDay), Author: j.Author, CreateTime: timestamppb.New(j.CreateTime), WithdrawAuthor: j.WithdrawAuthor,
	}
	if j.WithdrawTime != nil {
		out.WithdrawTime = timestamppb.New(*j.WithdrawTime)
	}
	return out
}

func fromProto(customer uuid.UUID, in *segmentationv1.Judgement) (*Judgement, error) {
	j := &Judgement{Customer: customer, Factor: in.GetFactor(), Level: int16(in.GetLevel()), Evidence: in.GetEvidence()}
	var err error
	if in.GetJudgeDate() != nil {
		if j.JudgeDay, err = civil.FromProto("judge_date", in.GetJudgeDate()); err != nil {
			return nil, err
		}
	}
	if in.GetExpireDate() != nil {
		if j.ExpireDay, err = civil.FromProto("expire_date", in.GetExpireDate()); err != nil {
			return nil, err
		}
	}
	return j, nil
}
