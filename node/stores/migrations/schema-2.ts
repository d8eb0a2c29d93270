/**
 * The journal becomes a chain: every entry has a hash over the one before it, see `chainHash`. Released: never changed,
 * only followed by another migration.
 *
 * What was there is hashed here, about 50 000 entries in a second; writers wait meanwhile. A node of the version before
 * goes on beside a new one: what it appends goes through `write_batch_1`, which chains it too.
 */
export const schema2 = `
-- First the lock that every writer takes first, so that none is in the middle of something.
lock table head in access exclusive mode;

alter table journal add column hash bytea;
alter table head
  add column hash bytea not null default decode(repeat('00', 32), 'hex'),
  add column start_number bigint not null default 0,
  add column start_hash bytea not null default decode(repeat('00', 32), 'hex');

create function chain_hash_2(previous bytea, number bigint, value text) returns bytea language sql stable as $$
  select sha256(previous || int8send(number) || convert_to(value, 'UTF8'))
$$;

do $$
declare
  entry record;
  newest bytea;
begin
  select head.hash into strict newest from head;
  for entry in select journal.number, journal.value from journal order by journal.number loop
    newest := chain_hash_2(newest, entry.number, entry.value);
    update journal set hash = newest where journal.number = entry.number;
  end loop;
  update head set hash = newest;
end $$;

alter table journal alter column hash set not null;

-- Does one batch on the journal that ends and begins as said, and says how it then ends and begins.
create function write_batch_2(
  batch jsonb, now bigint,
  inout newest bigint, inout newest_hash bytea, inout oldest bigint, inout oldest_hash bytea, out versions bigint[]
) language plpgsql as $$
declare
  operation record;
  stored record;
  is_stored boolean;
  present bigint;
  head_before bigint := newest;
begin
  versions := '{}';
  for operation in
    select * from jsonb_to_recordset(batch) as operations (
      kind text, id bytea, key bytea, value text, indexes bytea[], expected bigint, expires_at bigint,
      through bigint, most bigint
    )
  loop
    if operation.kind = 'append' then
      newest := newest + 1;
      newest_hash := chain_hash_2(newest_hash, newest, operation.value);
      insert into journal (number, value, hash) values (newest, operation.value, newest_hash);
      continue;
    end if;
    if operation.kind = 'trim' then
      if operation.through < oldest or operation.through >= head_before or operation.through - oldest > operation.most then
        raise sqlstate 'BN005';
      end if;
      if operation.through > oldest then
        select journal.hash into strict oldest_hash from journal where journal.number = operation.through;
        delete from journal where journal.number <= operation.through;
        oldest := operation.through;
      end if;
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
end $$;

create function write_batches_2(batches jsonb, now bigint) returns jsonb language plpgsql as $$
declare
  batch jsonb;
  done record;
  ends head;
  outcomes jsonb := '[]';
begin
  perform lock_head_1();
  select * into strict ends from head;
  for batch in select value from jsonb_array_elements(batches) loop
    begin
      select * into done
        from write_batch_2(batch, now, ends.number, ends.hash, ends.start_number, ends.start_hash);
      ends.number := done.newest;
      ends.hash := done.newest_hash;
      ends.start_number := done.oldest;
      ends.start_hash := done.oldest_hash;
      outcomes := outcomes || jsonb_build_array(jsonb_build_object('versions', done.versions, 'head', done.newest));
    exception
      when sqlstate 'BN001' then outcomes := outcomes || '{"refusal": "store.conflict"}'::jsonb;
      when sqlstate 'BN002' then outcomes := outcomes || '{"refusal": "store.claimed"}'::jsonb;
      when sqlstate 'BN005' then outcomes := outcomes || '{"refusal": "store.bad_input"}'::jsonb;
    end;
  end loop;
  update head set number = ends.number, hash = ends.hash,
      start_number = ends.start_number, start_hash = ends.start_hash
    where head.number <> ends.number or head.start_number <> ends.start_number;
  return outcomes;
end $$;

-- What a node of the version before calls. It also stores the head itself, with the same number.
create or replace function write_batch_1(batch jsonb, now bigint, newest bigint) returns jsonb language plpgsql as $$
declare
  done record;
  ends head;
begin
  select * into strict ends from head;
  select * into done from write_batch_2(batch, now, ends.number, ends.hash, ends.start_number, ends.start_hash);
  update head set number = done.newest, hash = done.newest_hash where head.number <> done.newest;
  return jsonb_build_object('versions', done.versions, 'head', done.newest);
end $$;
`
