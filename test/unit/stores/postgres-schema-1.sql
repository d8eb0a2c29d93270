-- A database with schema 1 as it was released, with data in it. Never changed: the newest version must open it.

create table records (
  id bytea primary key,
  key bytea not null,
  version bigint not null,
  expires_at bigint,
  value text not null
);
create index records_in_order on records (substring(key from 1 for 2000));
create index records_by_expiry on records (expires_at) where expires_at is not null;

create table record_indexes (
  record bytea not null,
  key bytea not null
);
create index record_indexes_in_order on record_indexes (substring(key from 1 for 2000));
create index record_indexes_by_record on record_indexes (record);

create table claims (
  id bytea primary key,
  until bigint not null
);
create index claims_by_expiry on claims (until);

create table journal (
  number bigint primary key,
  value text not null
);

create table head (
  single boolean primary key default true check (single),
  number bigint not null
);
insert into head (number) values (0);

-- Records from the key "first" up to but not including "last".
create function list_records_1(now bigint, first bytea, last bytea, most bigint)
  returns table (key bytea, version bigint, value text) language sql stable
  -- In order along the index, up to the limit. Left to itself the planner sorts a whole collection for each page when it
  -- has no statistics, or none for what it does not know beforehand.
  set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off
  set enable_hashjoin = off set enable_mergejoin = off
as $$
  select records.key, records.version, records.value from records
  where substring(records.key from 1 for 2000) between substring(first from 1 for 2000) and substring(last from 1 for 2000)
    and records.key >= first and records.key < last and (records.expires_at is null or records.expires_at >= now)
  order by substring(records.key from 1 for 2000), records.key
  limit most
$$;

-- The records of the index entries from "first" up to but not including "last".
create function list_index_1(now bigint, first bytea, last bytea, most bigint)
  returns table (key bytea, version bigint, value text) language sql stable
  set enable_sort = off set enable_bitmapscan = off set enable_seqscan = off
  set enable_hashjoin = off set enable_mergejoin = off
as $$
  select records.key, records.version, records.value
  from record_indexes as entries join records on records.id = entries.record
  where substring(entries.key from 1 for 2000) between substring(first from 1 for 2000) and substring(last from 1 for 2000)
    and entries.key >= first and entries.key < last and (records.expires_at is null or records.expires_at >= now)
  order by substring(entries.key from 1 for 2000), entries.key
  limit most
$$;

create function lock_head_1() returns bigint language plpgsql as $$
declare
  newest bigint;
begin
  if current_setting('fsync') = 'off' or current_setting('synchronous_commit') = 'off' then
    raise sqlstate 'BN003';
  end if;
  -- Any other level would go on with what it saw before it waited for the lock.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise sqlstate 'BN004';
  end if;
  select number into strict newest from head for update;
  return newest;
end $$;

create function write_batch_1(batch jsonb, now bigint, newest bigint) returns jsonb language plpgsql as $$
declare
  operation record;
  stored record;
  is_stored boolean;
  present bigint;
  versions bigint[] := '{}';
  number bigint := newest;
begin
  for operation in
    select * from jsonb_to_recordset(batch) as operations (
      kind text, id bytea, key bytea, value text, indexes bytea[], expected bigint, expires_at bigint
    )
  loop
    if operation.kind = 'append' then
      number := number + 1;
      insert into journal (number, value) values (number, operation.value);
      continue;
    end if;
    if operation.kind = 'claim' then
      insert into claims as taken (id, until) values (operation.id, operation.expires_at)
        on conflict (id) do update set until = excluded.until where taken.until < now;
      if not found then
        raise sqlstate 'BN002';
      end if;
      continue;
    end if;
    select version, expires_at into stored from records where id = operation.id;
    is_stored := found;
    present := case when not is_stored or stored.expires_at < now then 0 else stored.version end;
    -- -1 is any state, 0 is absent.
    if operation.expected not in (-1, present) then
      raise sqlstate 'BN001';
    end if;
    if is_stored then
      delete from record_indexes where record = operation.id;
    end if;
    if operation.kind = 'remove' then
      delete from records where id = operation.id;
      continue;
    end if;
    insert into records (id, key, version, expires_at, value)
      values (operation.id, operation.key, present + 1, operation.expires_at, operation.value)
      on conflict (id) do update
      set version = excluded.version, expires_at = excluded.expires_at, value = excluded.value;
    insert into record_indexes (record, key) select operation.id, unnest(operation.indexes);
    versions := versions || (present + 1);
  end loop;
  return jsonb_build_object('versions', versions, 'head', number);
end $$;

create function write_batches_1(batches jsonb, now bigint) returns jsonb language plpgsql as $$
declare
  batch jsonb;
  outcome jsonb;
  outcomes jsonb := '[]';
  before bigint := lock_head_1();
  newest bigint := before;
begin
  for batch in select value from jsonb_array_elements(batches) loop
    begin
      outcome := write_batch_1(batch, now, newest);
      newest := (outcome ->> 'head')::bigint;
    exception
      when sqlstate 'BN001' then outcome := '{"refusal": "store.conflict"}';
      when sqlstate 'BN002' then outcome := '{"refusal": "store.claimed"}';
    end;
    outcomes := outcomes || jsonb_build_array(outcome);
  end loop;
  if newest > before then
    update head set number = newest;
  end if;
  return outcomes;
end $$;

create function sweep_1(now bigint, most bigint) returns bigint language plpgsql as $$
declare
  swept_claims bigint;
  swept_records bigint;
begin
  perform lock_head_1();
  delete from claims where id in (select id from claims where until < now order by until limit most);
  get diagnostics swept_claims = row_count;
  with swept as (
    delete from records
      where id in (select id from records where expires_at < now order by expires_at limit most - swept_claims)
      returning id
  ), unindexed as (
    delete from record_indexes where record in (select id from swept)
  )
  select count(*) into swept_records from swept;
  return swept_claims + swept_records;
end $$;

create function check_1() returns void language plpgsql as $$
begin
  perform lock_head_1();
  update head set number = number;
end $$;

create table applied_migrations (
  number integer primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);
insert into applied_migrations values (1, 'ff5ee1a0d12dd34cbb2c7648b95f5d827328d9ce11a49cc57ee5c7a7c2b38016', '2026-03-01T09:00:00Z');

insert into records (id, key, version, expires_at, value) values ('\x0ff18629477b7f8e6c63187d7fb73a7b01f17a5ebe2b2cfad68e8b24e5ee33f7', '\x7200056e6f7465730009736f6f6e20676f6e65', '1', '4102444800000', '"until 2100"');
insert into records (id, key, version, expires_at, value) values ('\x1521ad15e147d48af4a3dddddf2b23c250b1df6464edc8f471bed44aca369c1a', '\x7200056e6f746573000161', '2', null, '{"text":"één ✓ 🙂","author":"jan"}');
insert into records (id, key, version, expires_at, value) values ('\x30d75a157740901ee8429fd4027840e47165b1d8a25be993e8fdb31d8a579c7b', '\x7200056e6f746573000161000162', '1', null, '[1.5,null,true]');
insert into records (id, key, version, expires_at, value) values ('\xdb90f2d13f1f876278a52e9902b83f0a37b4c3aec004e53795f66476fb3263ae', '\x7200056e6f746573000765787069726564', '1', '1767225600000', '"gone"');
insert into record_indexes (record, key) values ('\x1521ad15e147d48af4a3dddddf2b23c250b1df6464edc8f471bed44aca369c1a', '\x6900056e6f7465730006617574686f7200036a616e000161');
insert into claims (id, until) values ('\xcaea8090a464de958182fd8c7a2ed1762e3ec434d7db6971badaf6cbe7cce2d6', '4102444800000');
insert into journal (number, value) values ('1', '{"event":"first"}');
insert into journal (number, value) values ('2', '"second"');
update head set number = 2;
