-- The ledger. Intents and envelopes are the authority (written before the wire); everything else
-- is a projection of what the venue and the workflows said. Money is numeric, times are epoch ms.

create table signer_lanes (
  signer      text primary key,
  last_nonce  bigint not null
);

create table intents (
  account      text not null,
  intent_id    text not null,
  workflow_id  text not null,
  session      text,
  strategy     text not null,
  asset        text not null,
  decision_id  text,
  intent       jsonb not null,
  created_ms   bigint not null,
  primary key (account, intent_id)
);

create table envelopes (
  cloid             text primary key,
  account           text not null,
  intent_id         text not null,
  network           text not null,
  epoch             integer not null,
  workflow_id       text not null,
  signer            text not null,
  nonce             bigint not null,
  expires_after_ms  bigint not null,
  -- json, not jsonb: the order of the keys is part of what is signed
  action            json not null,
  sends             integer not null default 0,
  created_ms        bigint not null,
  unique (signer, nonce),
  foreign key (account, intent_id) references intents (account, intent_id)
);
create index envelopes_by_intent on envelopes (account, intent_id);

create table orders (
  account       text not null,
  intent_id     text not null,
  workflow_id   text not null,
  version       bigint not null,
  cloid         text,
  oid           bigint,
  session       text,
  strategy      text not null,
  leg           text not null,
  asset         text not null,
  side          text not null,
  type          text not null,
  status        text not null,
  is_open       boolean not null,
  reduce_only   boolean not null,
  size_base     numeric not null,
  filled_base   numeric not null,
  limit_px      numeric,
  trigger_px    numeric,
  average_px    numeric,
  fee_usd       numeric not null,
  closed_pnl_usd numeric not null,
  reason        text,
  view          jsonb not null,
  created_ms    bigint not null,
  updated_ms    bigint not null,
  primary key (account, intent_id)
);
create index orders_by_cloid on orders (cloid);
create index orders_open on orders (account) where is_open;
create index orders_recent on orders (account, updated_ms desc);

create table order_steps (
  account    text not null,
  intent_id  text not null,
  -- hash of moment, words and detail: the same step told twice is one step
  step_id    text not null,
  position   integer not null,
  at_ms      bigint not null,
  what       text not null,
  detail     jsonb not null,
  primary key (account, intent_id, step_id)
);

create table fills (
  account         text not null,
  asset           text not null,
  time_ms         bigint not null,
  tid             bigint not null,
  oid             bigint not null,
  cloid           text,
  side            text not null,
  px              numeric not null,
  size_base       numeric not null,
  fee_usd         numeric not null,
  fee_token       text not null,
  closed_pnl_usd  numeric not null,
  direction       text not null,
  start_position_base numeric not null,
  crossed         boolean not null,
  hash            text not null,
  primary key (account, asset, time_ms, tid, oid)
);
create index fills_recent on fills (account, time_ms desc);
create index fills_by_cloid on fills (cloid);

create table funding (
  account        text not null,
  asset          text not null,
  time_ms        bigint not null,
  amount_usd     numeric not null,
  size_base      numeric not null,
  rate_per_hour  numeric not null,
  primary key (account, asset, time_ms)
);

create table equity (
  account           text not null,
  at_ms             bigint not null,
  equity_usd        numeric not null,
  notional_usd      numeric not null,
  margin_used_usd   numeric not null,
  withdrawable_usd  numeric not null,
  primary key (account, at_ms)
);

create table positions (
  account             text not null,
  asset               text not null,
  size_base           numeric not null,
  entry_px            numeric not null,
  value_usd           numeric not null,
  unrealized_pnl_usd  numeric not null,
  margin_used_usd     numeric not null,
  liquidation_px      numeric,
  leverage            integer not null,
  as_of_ms            bigint not null,
  primary key (account, asset)
);

create table decisions (
  decision_id       text primary key,
  account           text not null,
  session           text not null,
  asset             text not null,
  bar_open_time_ms  bigint not null,
  inputs_hash       text not null,
  decided_ms        bigint not null,
  plan              jsonb not null
);
create index decisions_recent on decisions (account, session, decided_ms desc);

create table sessions (
  account      text not null,
  name         text not null,
  workflow_id  text not null,
  status       text not null,
  config       jsonb not null,
  started_ms   bigint not null,
  updated_ms   bigint not null,
  primary key (account, name)
);

create table reconciliations (
  account    text not null,
  at_ms      bigint not null,
  statement  jsonb not null,
  primary key (account, at_ms)
);

create table watermarks (
  account  text not null,
  kind     text not null,
  to_ms    bigint not null,
  primary key (account, kind)
);
