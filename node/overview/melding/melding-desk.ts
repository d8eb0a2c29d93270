import type { Audit } from '../../audit/audit.js'
import type { AuditEvent } from '../../audit/event.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { containsPersonNumber } from '../../kernel/identifiers.js'
import type { Trace } from '../../kernel/trace.js'
import { put, type Store, type Stored } from '../../stores/contracts.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import { isDone, isOverdue, keptUntil, meldingen, type MeldingRecord, type MeldingState } from './melding-records.js'

/** A melding as who handles it sees it. */
export interface ShownMelding extends MeldingRecord {
  /** True when its term has passed and it still waits. */
  readonly overdue: boolean
}

/** Meldingen that parties of this node received, for those who handle them. */
export interface MeldingDesk {
  /** Those that wait, or all of them; the oldest first. @throws `store.bad_input` for a cursor that is none */
  list(query: {
    readonly party: string
    readonly all: boolean
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<{ readonly meldingen: readonly ShownMelding[]; readonly next?: string | undefined }>
  /** @throws `melding.unknown` */
  get(party: string, meldingID: string): Promise<ShownMelding>
  /**
   * Takes a melding a step further, with its account.
   * @throws `melding.unknown`, `melding.done` for one that has ended, `request.bad_body` for a rejection without a reason
   */
  move(
    party: string,
    meldingID: string,
    step: {
      readonly state: Exclude<MeldingState, 'open'>
      readonly by: string
      readonly reason?: string | undefined
      readonly trace?: Trace
    },
  ): Promise<ShownMelding>
  /** How many wait of all parties, and of how many of those the term has passed; of at most a thousand a party. */
  count(parties: readonly string[]): Promise<{ readonly open: number; readonly overdue: number }>
}

export function createMeldingDesk(deps: {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly audit: Pick<Audit, 'operation' | 'pseudonym'>
}): MeldingDesk {
  const { store, clock, audit } = deps
  const show = (melding: MeldingRecord): ShownMelding => ({ ...melding, overdue: isOverdue(melding, clock.now()) })

  async function find(party: string, meldingID: string): Promise<Stored<MeldingRecord>> {
    const index = { name: 'id', value: `${party} ${meldingID}` }
    const [found] = (await store.records.list(meldingen, { index, limit: 1 })).items
    if (found === undefined) throw new NodeError('melding.unknown')
    return found
  }

  return {
    async list({ party, all, after, limit }) {
      const where = all ? { prefix: [party] } : { index: { name: 'waiting', value: party } }
      const page = await store.records.list(meldingen, { ...where, limit, ...(after === undefined ? {} : { after }) })
      return {
        meldingen: page.items.map(({ value }) => show(value)),
        ...(page.next === undefined ? {} : { next: page.next }),
      }
    },
    get: async (party, meldingID) => show((await find(party, meldingID)).value),
    move: (party, meldingID, { state, by, reason, trace }) =>
      retryConflict(async () => {
        if (state === 'afgewezen' && reason === undefined)
          throw new NodeError('request.bad_body', { notes: ['reason: say why it is rejected'] })
        if ([reason ?? '', by].some(containsPersonNumber))
          throw new NodeError('request.bad_body', { notes: ['reason: holds a number that could be of a person'] })
        const { key, value, version } = await find(party, meldingID)
        if (isDone(value)) throw new NodeError('melding.done')
        const step = { state, at: clock.now(), by, ...(reason === undefined ? {} : { reason }) }
        const moved: MeldingRecord = { ...value, state, history: [...value.history, step].slice(-50) }
        await store.write([
          put(meldingen, key, moved, { expected: version, ...keptUntil(moved, clock.now()) }),
          audit.operation({ ...meldingChanged(moved, by, audit), ...(trace === undefined ? {} : { trace }) }),
        ])
        return show(moved)
      }),
    async count(parties) {
      const counts = { open: 0, overdue: 0 }
      for (const party of parties) {
        const { items } = await store.records.list(meldingen, { index: { name: 'waiting', value: party }, limit: 1000 })
        counts.open += items.length
        counts.overdue += items.filter(({ value }) => isOverdue(value, clock.now())).length
      }
      return counts
    },
  }
}

/** The account of a melding that went a step further. */
export function meldingChanged(
  { party, meldingID, rule, state, recordID }: MeldingRecord,
  by: string,
  audit: Pick<Audit, 'pseudonym'>,
): AuditEvent {
  return {
    code: 'melding.changed',
    action: 'update',
    outcome: 'success',
    party,
    actor: { user: { id: by } },
    object: {
      operation: state,
      filters: { recordID: audit.pseudonym('recordID', recordID) },
      selection: { meldingID, regel: rule },
    },
  }
}
