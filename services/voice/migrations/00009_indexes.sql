-- What came back of a recall can be read, item by item or all of it; a recall may be of a product line alone; candidates leave the inverted index when no case can join them any more.

-- +goose Up
create index recall_returns_of_item on recall_returns (item_id, create_time, return_id);
create index recall_returns_of_recall on recall_returns (recall_id, create_time, return_id);
create index order_lines_line on order_lines (product_line, customer_id, order_id) where product_line <> '';

alter table issue_groups add column indexed boolean not null default true; -- whether its terms are in issue_group_terms
create index issue_groups_indexed on issue_groups (last_time) where state = 1 and indexed;
drop index issue_groups_idle;

-- +goose Down
create index issue_groups_idle on issue_groups (last_time) where state = 1;
drop index order_lines_line, recall_returns_of_recall, recall_returns_of_item, issue_groups_indexed;
alter table issue_groups drop column indexed;
