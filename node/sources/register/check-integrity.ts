import { NodeError } from '../../kernel/errors.js'
import type { EntityModel } from '../graphql/entity-model.js'
import { versionOf } from './change-log.js'
import { badRecord } from './parse-change.js'
import type { Pending, PendingChange } from './pending.js'

/**
 * Refuses a change that does not fit the other records as they are when all changes are done: the version is not the
 * expected one, a reference leads nowhere, a record that others refer to would go, or a second record would refer to one
 * that can have one only.
 *
 * @param path how notes call the change
 * @throws `source.record_conflict`, `source.record_unknown`, `source.bad_record`, `source.record_referred`
 */
export async function checkIntegrity(
  change: PendingChange,
  pending: Pending,
  model: EntityModel,
  path: string,
): Promise<void> {
  requireExpected(change, path)
  if (change.record === null) await requireNoHolder(change, pending, model, path)
  else await requireTargets(change, pending, model, path)
}

function requireExpected({ expected, stored, record }: PendingChange, path: string): void {
  if (record === null && stored === undefined)
    throw new NodeError('source.record_unknown', { notes: [`${path}: there is no such record`] })
  if (expected === undefined) return
  if (expected === 'absent' ? stored === undefined : stored !== undefined && versionOf(stored) === expected) return
  const found = stored === undefined ? 'it is not there' : `it has version ${versionOf(stored)}`
  throw new NodeError('source.record_conflict', { notes: [`${path}: ${found}`] })
}

async function requireTargets(
  { type, key, table, record }: PendingChange,
  pending: Pending,
  model: EntityModel,
  path: string,
): Promise<void> {
  for (const [field, relation] of model.get(type)?.relations ?? []) {
    if (relation.kind !== 'reference' || record === null) continue
    const target = table.comparedValue(record, relation.as)
    if (target === undefined) continue
    if ((await pending.find(relation.to, target)) === undefined)
      throw badRecord(`${path}.${relation.as}: there is no ${relation.to} with this key`)
    if (!mayBeOneOfMany(model, type, field, relation.to)) {
      const holders = await pending.holders(type, relation.as, target, 2)
      if (holders.some((holder) => holder !== key))
        throw badRecord(`${path}.${relation.as}: another ${type} refers to the same ${relation.to}, which can have one`)
    }
  }
}

/** False when the other side leads back to one record and not to a list. */
function mayBeOneOfMany(model: EntityModel, type: string, field: string, to: string): boolean {
  const as = model.get(type)?.references[field]
  const back = [...(model.get(to)?.relations.values() ?? [])].find(
    (relation) => relation.kind === 'back' && relation.to === type && relation.as === as,
  )
  return back?.kind !== 'back' || back.many
}

async function requireNoHolder(
  { type, key }: PendingChange,
  pending: Pending,
  model: EntityModel,
  path: string,
): Promise<void> {
  for (const [holderType, entity] of model) {
    for (const relation of entity.relations.values()) {
      if (relation.kind !== 'reference' || relation.to !== type) continue
      if ((await pending.holders(holderType, relation.as, key, 1)).length > 0)
        throw new NodeError('source.record_referred', { notes: [`${path}: a ${holderType} refers to it`] })
    }
  }
}
