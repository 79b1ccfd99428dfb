-- What an order on its way may still add to a position. It is kept with its envelope, in the statement
-- that stores it, and is never changed: what is left of it follows from the executions.

alter table envelopes
  add column asset        text,
  add column side         text,
  add column asked_base   numeric,
  -- the worst price of a unit
  add column reserved_px  numeric,
  -- whether it may still be executed: until the end of its order is recorded, or its next epoch stored
  add column reserves     boolean not null default false;

-- Orders that were on their way when this was introduced.
update envelopes e
   set asset = i.asset, side = i.intent ->> 'side',
       asked_base = coalesce((e.action -> 'orders' -> 0 ->> 's')::numeric,
                             (i.intent ->> 'sizeBase')::numeric),
       reserved_px = coalesce((e.action -> 'orders' -> 0 ->> 'p')::numeric,
                              (e.arrival ->> 'midPx')::numeric, 0),
       reserves = true
  from intents i
 where i.account = e.account and i.intent_id = e.intent_id
   and not coalesce((i.intent ->> 'reduceOnly')::boolean, false)
   and e.action ->> 'type' <> 'sealed'
   and not exists (select 1 from envelopes n where n.account = e.account
                    and n.intent_id = e.intent_id and n.epoch > e.epoch)
   and not exists (select 1 from orders o where o.account = e.account
                    and o.intent_id = e.intent_id and not o.is_open)
   and not exists (select 1 from parents p where p.account = e.account
                    and p.workflow_id = e.workflow_id and not p.is_open);

create index envelopes_reserving on envelopes (account) where reserves;

-- Why a claim does not fit beside what the account holds and what is on its way, or null when it fits:
-- the check and what it came to. The rule is that of domain/risk/reservation.ts. Volatile, so that what
-- it reads is of the moment when its turn came, not of the moment when it began to wait for it. Several
-- small statements are a third of the time of one large one, whose plan is set up anew at each call.
create function exposure_breach(
  p_account text, p_intent_id text, p_asset text, p_side text, p_size numeric, p_px numeric,
  p_mark numeric, p_asset_usd numeric, p_gross_usd numeric, p_assets integer
) returns json language plpgsql volatile as $$
declare
  shown_ms bigint;
  traded text[];
  longs numeric[] := '{}';
  shorts numeric[] := '{}';
  name text;
  step record;
  starts numeric[];
  afters numeric[];
  after numeric;
  least_base numeric;
  most_base numeric;
  own_least numeric;
  own_most numeric;
  mark numeric;
  own_buys numeric;
  own_sells numeric;
  rest numeric;
  place integer;
  side_usd numeric;
  gross_usd numeric;
  assets integer;
begin
  if p_asset_usd is null then
    return null;
  end if;
  -- Of the writers on one account one at a time, until its transaction ends.
  perform pg_advisory_xact_lock(720351845, hashtext(p_account));
  select q.at_ms into shown_ms from equity q where q.account = p_account order by q.at_ms desc limit 1;
  -- The claim's own asset first, then what was executed since the venue showed its positions last.
  traded := array[p_asset] || array(
    select distinct f.asset from fills f
     where f.account = p_account and f.time_ms >= coalesce(shown_ms, 5000) - 5000 and f.asset <> p_asset);
  foreach name in array traded loop
    -- The executions of the last moment, and of these the one that no other followed.
    starts := '{}';
    afters := '{}';
    mark := 0;
    for step in
      select f.start_position_base as start, f.px,
             case f.side when 'buy' then f.size_base else -f.size_base end as change
        from fills f
       where f.account = p_account and f.asset = name and f.time_ms = (
         select g.time_ms from fills g where g.account = p_account and g.asset = name
          order by g.time_ms desc limit 1)
    loop
      starts := starts || step.start;
      afters := afters || (step.start + step.change);
      mark := greatest(mark, step.px);
    end loop;
    least_base := null;
    most_base := null;
    foreach after in array afters loop
      continue when after = any (starts);
      least_base := least(least_base, after);
      most_base := greatest(most_base, after);
    end loop;
    if most_base is null then
      -- They lead in a circle; or none is known, and the position is what the venue showed.
      foreach after in array afters loop
        least_base := least(least_base, after);
        most_base := greatest(most_base, after);
      end loop;
    end if;
    if most_base is null then
      select p.size_base, p.size_base into least_base, most_base
        from positions p where p.account = p_account and p.asset = name;
      least_base := coalesce(least_base, 0);
      most_base := coalesce(most_base, 0);
    end if;
    if name = p_asset then
      own_least := least_base;
      own_most := most_base;
      mark := p_mark;
    else
      select coalesce(max(p.value_usd / nullif(abs(p.size_base), 0)), mark) into mark
        from positions p where p.account = p_account and p.asset = name;
    end if;
    longs := longs || greatest(most_base, 0) * mark;
    shorts := shorts || greatest(-least_base, 0) * mark;
  end loop;
  own_buys := 0;
  own_sells := 0;
  for step in
    select p.asset, p.size_base > 0 as is_long, abs(p.value_usd) as usd
      from positions p where p.account = p_account and p.asset <> all (traded)
  loop
    traded := traded || step.asset;
    longs := longs || case when step.is_long then step.usd else 0 end;
    shorts := shorts || case when step.is_long then 0 else step.usd end;
  end loop;
  for step in
    select e.asset, e.side, e.reserved_px, e.workflow_id, e.asked_base - coalesce((
             select sum(f.size_base) from fills f where f.cloid = e.cloid), 0) as base
      from envelopes e
     where e.account = p_account and e.reserves and e.intent_id <> p_intent_id
  loop
    rest := step.base;
    if step.workflow_id like 'parent:%' then
      -- Slices of a TWAP that the venue works carry its id instead.
      select rest - coalesce(sum(f.size_base), 0) into rest
        from parents p join fills f on f.account = p.account and f.twap_id = p.twap_id
       where p.account = p_account and p.workflow_id = step.workflow_id;
    end if;
    continue when rest <= 0;
    place := array_position(traded, step.asset);
    if place is null then
      traded := traded || step.asset;
      longs := longs || 0::numeric;
      shorts := shorts || 0::numeric;
      place := cardinality(traded);
    end if;
    if step.side = 'buy' then
      longs[place] := longs[place] + rest * step.reserved_px;
      own_buys := own_buys + case place when 1 then rest else 0 end;
    else
      shorts[place] := shorts[place] + rest * step.reserved_px;
      own_sells := own_sells + case place when 1 then rest else 0 end;
    end if;
  end loop;
  if p_side = 'buy' then
    longs[1] := longs[1] + p_size * p_px;
    side_usd := longs[1];
  else
    shorts[1] := shorts[1] + p_size * p_px;
    side_usd := shorts[1];
  end if;
  gross_usd := 0;
  assets := 0;
  for place in 1 .. cardinality(traded) loop
    rest := greatest(longs[place], shorts[place]);
    gross_usd := gross_usd + rest;
    assets := assets + case when rest > 0 then 1 else 0 end;
  end loop;
  return case
    when p_side = 'buy' and p_size + own_buys <= -own_most then null
    when p_side = 'sell' and p_size + own_sells <= own_least then null
    when side_usd > p_asset_usd then
      json_build_object('check', 'positionSize', 'value', round(side_usd, 6)::text)
    when gross_usd > p_gross_usd then
      json_build_object('check', 'grossExposure', 'value', round(gross_usd, 6)::text)
    when assets > p_assets then
      json_build_object('check', 'openPositions', 'value', assets::text)
  end;
end $$;
