package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// What comes before a turn and is no part of it.

// forgetMeasures has all customers measured anew, as on the first day of a month.
func (s *stage) forgetMeasures(ctx context.Context) error {
	if _, err := s.db.Exec(ctx, "update measures set measure_month = '1900-01-01'"); err != nil {
		return err
	}
	return s.tidy(ctx)
}

// passDay makes it the day after: who would be due tomorrow is due today.
func (s *stage) passDay(ctx context.Context) error {
	if _, err := s.db.Exec(ctx, "update measures set due_day = due_day - 1"); err != nil {
		return err
	}
	return s.tidy(ctx)
}

func (s *stage) tidy(ctx context.Context) error {
	_, err := s.db.Exec(ctx, "vacuum analyze")
	return err
}

// What a turn is.

// assess runs the daily assessment and waits for it.
func (s *stage) assess(ctx context.Context) error {
	client := segmentationv1.NewAssessmentServiceClient(s.conn)
	if _, err := client.RunAssessment(authorized(ctx, s.call), &segmentationv1.RunAssessmentRequest{}); err != nil {
		return err
	}
	return s.assessed(ctx)
}

// assessed waits until no assessment is to be done.
func (s *stage) assessed(ctx context.Context) error {
	for {
		var open, failed int
		const count = `select count(*) filter (where state < 3), count(*) filter (where state > 3) from operations where kind = 'segmentation-assessment'`
		if err := s.db.SQL().QueryRowContext(ctx, count).Scan(&open, &failed); err != nil {
			return err
		}
		if failed > 0 {
			return fmt.Errorf("%d assessments failed", failed)
		}
		if open == 0 {
			return nil
		}
		sleep(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// changeThresholds changes a number of the settings that everybody is judged by, though few move, and assesses.
func (s *stage) changeThresholds(ctx context.Context) error {
	client := segmentationv1.NewSegmentationSettingsServiceClient(s.conn)
	current, err := client.GetSettings(authorized(ctx, s.call), &segmentationv1.GetSettingsRequest{Name: "segmentationSettings"})
	if err != nil {
		return err
	}
	current.GetLifecycleRules().FormerDays++
	_, err = client.UpdateSettings(authorized(ctx, s.call), &segmentationv1.UpdateSettingsRequest{
		Settings: current, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"lifecycle_rules"}},
	})
	if err != nil {
		return err
	}
	return s.assess(ctx)
}

// changeModel publishes a model with another border, by which everybody gets an assessment of its own, and assesses.
func (s *stage) changeModel(ctx context.Context) error {
	client := segmentationv1.NewGradingModelServiceClient(s.conn)
	s.models++
	draft, err := client.CreateGradingModel(authorized(ctx, s.call), &segmentationv1.CreateGradingModelRequest{
		CopyFrom: "gradingModels/current", GradingModel: &segmentationv1.GradingModel{
			Borders: &segmentationv1.GradeBorders{S: "85", A: "70", B: strconv.Itoa(50 + s.models)},
		},
	})
	if err != nil {
		return err
	}
	if _, err := client.PublishGradingModel(authorized(ctx, s.call), &segmentationv1.PublishGradingModelRequest{Name: draft.GetName()}); err != nil {
		return err
	}
	return s.assess(ctx)
}
