-- +goose Up

-- Consumers whose projection was emptied and has not caught up with the stream since.
create table rebuilds (
    consumer   text        not null,
    start_time timestamptz not null,
    constraint rebuilds_pkey primary key (consumer)
);

-- +goose Down
drop table rebuilds;
