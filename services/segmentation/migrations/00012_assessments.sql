-- A new grading model gives every customer an assessment, whose row costs more than finding it. One index is enough: customers have few assessments, and read backwards
-- the key gives the latest first. And only drafts of models are deleted, which nobody is graded by: that is watched where it would happen, not for each assessment.

-- +goose Up
alter table assessments drop constraint assessments_pkey, add constraint assessments_pkey primary key (customer_id, valid_day, record_time, assessment_id),
    drop constraint assessments_model_id_fkey;
drop index assessments_valid;
-- +goose StatementBegin
create function grading_models_stay() returns trigger language plpgsql as $$
begin
    raise exception 'a grading model that was published stays' using errcode = 'check_violation', constraint = 'grading_models_stay';
end $$;
-- +goose StatementEnd
create trigger grading_models_stay before delete on grading_models for each row when (old.publish_time is not null) execute function grading_models_stay();

-- +goose Down
drop trigger grading_models_stay on grading_models;
drop function grading_models_stay();
create index assessments_valid on assessments (customer_id, valid_day desc, record_time desc, assessment_id desc);
alter table assessments drop constraint assessments_pkey, add constraint assessments_pkey primary key (customer_id, assessment_id),
    add constraint assessments_model_id_fkey foreign key (model_id) references grading_models (model_id);
