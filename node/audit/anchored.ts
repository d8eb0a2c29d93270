import type { KeyObject } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import { thumbprintOf } from '../kernel/jwk-thumbprint.js'
import type { Log } from '../kernel/log.js'
import { createTurns } from '../kernel/turns.js'
import { put, remove, type Collection, type Store } from '../stores/contracts.js'
import { readAll } from '../stores/read-all.js'
import { checkpointHeaderSchema, type AuditKey } from '../../schemas/audit-checkpoint.js'
import { importAuditKey, verifyCheckpoint, type Checkpoint } from './checkpoint.js'
import type { AuditMeter } from './self-check.js'

/** A node whose checkpoints are kept here, so that it cannot rewrite its journal unnoticed. */
export interface AnchoredNode {
  readonly name: string
  readonly key: AuditKey
}

/** What is kept of one node. */
export interface AnchoredCheckpoints {
  /** Oldest first. */
  readonly checkpoints: readonly string[]
  /** The newest checkpoint that was refused because it contradicts one of those. */
  readonly contradiction?: string
}

/** The checkpoints of other nodes. */
export interface Anchored {
  /**
   * Keeps a checkpoint. Durable when it returns. One that is here already is good once more.
   * @throws `audit.checkpoint_invalid` unless it is signed by a node that is anchored here, `audit.checkpoint_contradicts`
   *   when it is of fewer entries than the newest, of as many with another hash, or of another journal
   */
  accept(compact: string): Promise<void>
  /** @throws `audit.anchor_unknown` */
  list(name: string): Promise<AnchoredCheckpoints>
}

interface State {
  readonly newest: string
  readonly count: number
}

const states: Collection<State> = { name: 'anchored-nodes' }
const kept: Collection<{ readonly compact: string }> = { name: 'anchored-checkpoints' }
const contradictions: Collection<{ readonly compact: string }> = { name: 'anchored-contradictions' }
/** Of one node; about a year of hourly checkpoints, or a week of one each half minute. */
const maxKept = 20_000
const sizeDigits = 16

/** Keeps checkpoints of the given nodes in the store. */
export function createAnchored(deps: {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly nodes: readonly AnchoredNode[]
  readonly log: Log
  readonly meter: Pick<AuditMeter, 'countContradiction'>
}): Anchored {
  const { store, log, meter } = deps
  const turns = createTurns()
  const byKeyId = new Map(deps.nodes.map(({ name, key }) => [thumbprintOf(key), { name, key: importAuditKey(key) }]))

  async function keep(name: string, key: KeyObject, compact: string): Promise<void> {
    const checkpoint = verifyCheckpoint(compact, key)
    const state = await store.records.get(states, [name])
    const newest = state === undefined ? undefined : verifyCheckpoint(state.value.newest, key)
    const place = [name, sortable(checkpoint.size)]
    const present = await store.records.get(kept, place)
    if (present?.value.compact === compact) return
    if (newest !== undefined && contradicts(newest, checkpoint)) {
      await store.write([put(contradictions, [name], { compact })])
      meter.countContradiction()
      log.error('a checkpoint contradicts an earlier one of the same node', { peer: name, count: checkpoint.size })
      throw new NodeError('audit.checkpoint_contradicts')
    }
    const count = (state?.value.count ?? 0) + (present === undefined ? 1 : 0)
    const oldest = count > maxKept ? await store.records.list(kept, { prefix: [name], limit: 1 }) : undefined
    await store.write([
      put(
        states,
        [name],
        { newest: compact, count: Math.min(count, maxKept) },
        { expected: state?.version ?? 'absent' },
      ),
      put(kept, place, { compact }),
      ...(oldest?.items ?? []).map((item) => remove(kept, item.key)),
    ])
  }

  return {
    async accept(compact) {
      const known = byKeyId.get(keyIdOf(compact))
      if (known === undefined) throw new NodeError('audit.checkpoint_invalid')
      await turns.take(known.name, () => keep(known.name, known.key, compact))
    },
    async list(name) {
      if (!deps.nodes.some((node) => node.name === name)) throw new NodeError('audit.anchor_unknown')
      const checkpoints = (await readAll(store.records, kept, [name])).map(({ value }) => value.compact)
      const refused = await store.records.get(contradictions, [name])
      return { checkpoints, ...(refused === undefined ? {} : { contradiction: refused.value.compact }) }
    },
  }
}

function contradicts(newest: Checkpoint, next: Checkpoint): boolean {
  if (next.journal !== newest.journal || next.size < newest.size) return true
  return next.size === newest.size && next.root !== newest.root
}

/** The id of the key that a checkpoint says it is signed with; nothing of it is trusted. */
function keyIdOf(compact: string): string {
  const header = Buffer.from(compact.replace(/\..*$/s, ''), 'base64url').toString('utf8')
  try {
    return checkpointHeaderSchema.parse(JSON.parse(header)).kid
  } catch {
    throw new NodeError('audit.checkpoint_invalid')
  }
}

/** Keys compare byte for byte. */
function sortable(size: number): string {
  return String(size).padStart(sizeDigits, '0')
}
