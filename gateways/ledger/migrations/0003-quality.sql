-- Execution quality: what the market looked like when an order was drawn up, after each of its fills
-- and when it ended. Measures are computed from these, the orders and the fills; none is stored.

-- The market at arrival; null for an envelope from before this was kept. Written with the envelope,
-- before the wire, and never changed.
alter table envelopes add column arrival jsonb;

-- The price a while after a fill. Source mid: the quotes at the moment; candle: the end of a candle
-- near it; none: the venue shows no price of that moment any more.
create table markouts (
  account     text not null,
  asset       text not null,
  time_ms     bigint not null,
  tid         bigint not null,
  oid         bigint not null,
  horizon_ms  integer not null,
  source      text not null,
  px          numeric,
  -- the moment that the price is of, by the venue's clock
  price_ms    bigint,
  taken_ms    bigint not null,
  primary key (account, asset, time_ms, tid, oid, horizon_ms)
);

-- The price when an order ended that left something unfilled.
create table order_ends (
  account    text not null,
  intent_id  text not null,
  source     text not null,
  px         numeric,
  price_ms   bigint,
  taken_ms   bigint not null,
  primary key (account, intent_id)
);

-- The venue's own TWAPs: their slices are fills without a client order id.
alter table fills add column twap_id bigint;
create index fills_by_twap on fills (account, twap_id) where twap_id is not null;
alter table parents add column twap_id bigint;
create index parents_by_twap on parents (account, twap_id) where twap_id is not null;

-- Of all our own TWAPs on an asset at most one is on its way to the venue at a time: the venue gives
-- them no name of ours, and two of them whose replies are lost could not be told apart.
create table twap_lanes (
  account    text not null,
  asset      text not null,
  intent_id  text not null,
  primary key (account, asset)
);
