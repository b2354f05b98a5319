package indexmodel

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
)

// RequireEverywhere refuses to change what is of the whole company to those whose territories are limited.
func RequireEverywhere(ctx context.Context) error {
	if caller := auth.From(ctx); caller.Everywhere() || caller.Administrator {
		return nil
	}
	return fault.Denied("EVERYWHERE_ONLY", fault.Text{
		En: "index models are of the whole company: only administrators and those who work in all territories may change them",
		Zh: "测评指标体系属于全公司：仅管理员与负责全部区域的人员可以更改",
	})
}

// NoDraftError says that all versions of a model are released.
func NoDraftError(id uuid.UUID) error {
	return fault.New(codes.FailedPrecondition, "NO_DRAFT", fault.Text{En: Name(id) + " has no draft: revise it first", Zh: Name(id) + " 没有草稿：请先修订"})
}

// NotReleasedError says that a version of a model, or any of it, is not released.
func NotReleasedError(id uuid.UUID) error {
	return fault.New(codes.FailedPrecondition, "NOT_RELEASED", fault.Text{En: Name(id) + " is not released", Zh: Name(id) + " 尚未发布"})
}

func draftError(id uuid.UUID) error {
	return fault.New(codes.FailedPrecondition, "DRAFT", fault.Text{En: Name(id) + " has a draft already: change it", Zh: Name(id) + " 已有草稿：请修改该草稿"})
}

func roundOpenError(id uuid.UUID) error {
	return fault.New(codes.FailedPrecondition, "ROUND_OPEN", fault.Text{En: "experts are weighing the items of " + Name(id), Zh: "专家正在对 " + Name(id) + " 的指标打分"})
}

func incompleteError(gap fault.Text) error {
	return fault.New(codes.FailedPrecondition, "INCOMPLETE", gap)
}
