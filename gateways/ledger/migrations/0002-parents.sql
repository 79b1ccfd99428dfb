-- Parent orders, and which orders are their legs. A projection, like the orders.

create table parents (
  account     text not null,
  intent_id   text not null,
  workflow_id text not null,
  version     bigint not null,
  kind        text not null,
  session     text,
  strategy    text not null,
  asset       text not null,
  status      text not null,
  is_open     boolean not null,
  view        jsonb not null,
  created_ms  bigint not null,
  updated_ms  bigint not null,
  primary key (account, intent_id)
);
create index parents_open on parents (account) where is_open;
create index parents_recent on parents (account, updated_ms desc);

-- The intent id of the parent order; null for an order of its own.
alter table orders add column parent text;
create index orders_by_parent on orders (account, parent) where parent is not null;
