import type { Audit } from '../../audit/audit.js'
import type { AuditEvent } from '../../audit/event.js'
import { personPseudonym } from '../../audit/person.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { parseBsn } from '../../kernel/identifiers.js'
import { randomId } from '../../kernel/random.js'
import type { Trace } from '../../kernel/trace.js'
import type { NamedStatement } from '../../policy/consent.js'
import { put, type Collection, type Store, type Stored } from '../../stores/contracts.js'
import { readAll } from '../../stores/read-all.js'
import { consentStatementSchema, type ConsentStatement } from '../../../schemas/consent.js'

/** A statement as it is kept: beside the data that it is about, under the pseudonym of the person and without its BSN. */
export interface ConsentRecord {
  readonly id: string
  readonly statement: ConsentStatement
  /** RFC 3339. */
  readonly registeredAt: string
  readonly withdrawnAt?: string
}

/** By party, pseudonym of the person and id. */
export const consentRecords: Collection<ConsentRecord> = { name: 'consents', indexes: { id: ({ id }) => id } }

/** Who does something, for the journal. */
export interface Acting {
  readonly by?: string | undefined
  readonly trace: Trace
}

/** What persons let others read, or forbid, at the sources of the parties of this node. */
export interface Consents {
  /**
   * Keeps what a person said. It counts, and is in the journal, when this returns.
   * @throws `request.bad_parameters` for a number that no person has
   */
  add(party: string, bsn: string, statement: ConsentStatement, acting: Acting): Promise<ConsentRecord>
  /** Everything that a person said, also what was withdrawn or ended, the oldest first. Looking is in the journal. */
  list(party: string, bsn: string, acting: Acting): Promise<readonly ConsentRecord[]>
  /**
   * Takes a statement back, for good: it counts for no read that is decided after this. Doing it twice is doing it once.
   * @throws `consent.unknown`
   */
  withdraw(party: string, id: string, acting: Acting): Promise<ConsentRecord>
  /** What counts of what a person said, for whoever decides about a read. */
  statementsOf(party: string, bsn: string): Promise<readonly NamedStatement[]>
}

/**
 * Keeps consent in the store. Nothing is remembered between reads, so every replica knows at once what was withdrawn.
 *
 * The statement stands in the journal too: an objection is made again after a restore, and a consent is not.
 */
export function createConsents(deps: {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly audit: Audit
  readonly clock: Clock
}): Consents {
  const { store, audit, clock } = deps

  const event = (
    party: string,
    person: string,
    { by, trace }: Acting,
    part: Pick<AuditEvent, 'action'> & { readonly selection: Record<string, string> },
  ): AuditEvent => ({
    code: 'consent.changed',
    action: part.action,
    outcome: 'success',
    party,
    persons: [person],
    ...(by === undefined ? {} : { actor: { user: { id: by } } }),
    object: { selection: part.selection },
    trace,
  })

  async function readOf(party: string, bsn: string): Promise<readonly ConsentRecord[]> {
    const found = await readAll(store.records, consentRecords, [party, personPseudonym(audit, bsn)])
    return found.map(({ value }) => value).sort((a, b) => a.registeredAt.localeCompare(b.registeredAt))
  }

  async function find(party: string, id: string): Promise<Stored<ConsentRecord>> {
    const { items } = await store.records.list(consentRecords, { index: { name: 'id', value: id }, limit: 1 })
    const [found] = items
    if (found === undefined || found.key[0] !== party) throw new NodeError('consent.unknown')
    return found
  }

  return {
    async add(party, bsn, statement, acting) {
      const person = personPseudonym(audit, parsePerson(bsn))
      const record = { id: randomId(), statement, registeredAt: new Date(clock.now()).toISOString() }
      const selection = { consent: record.id, ...toTexts(statement) }
      await store.write([
        put(consentRecords, [party, person, record.id], record, { expected: 'absent' }),
        audit.operation(event(party, person, acting, { action: 'create', selection })),
      ])
      return record
    },
    async list(party, bsn, { by, trace }) {
      const number = parsePerson(bsn)
      await audit.record({
        code: 'consent.read',
        action: 'read',
        outcome: 'success',
        party,
        persons: [personPseudonym(audit, number)],
        ...(by === undefined ? {} : { actor: { user: { id: by } } }),
        trace,
      })
      return readOf(party, number)
    },
    async withdraw(party, id, acting) {
      const { key, value, version } = await find(party, id)
      if (value.withdrawnAt !== undefined) return value
      const record = { ...value, withdrawnAt: new Date(clock.now()).toISOString() }
      await store.write([
        put(consentRecords, key, record, { expected: version }),
        audit.operation(event(party, key[1] ?? '', acting, { action: 'delete', selection: { consent: id } })),
      ])
      return record
    },
    async statementsOf(party, bsn) {
      const records = await readOf(party, bsn)
      return records.flatMap(({ id, statement, withdrawnAt }) =>
        withdrawnAt === undefined ? [{ ...statement, id }] : [],
      )
    },
  }
}

/** The statement as the journal holds it. */
function toTexts(statement: ConsentStatement): Record<string, string> {
  return Object.fromEntries(
    Object.entries(statement).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** The statement that the journal holds; `undefined` for what is none. */
export function fromTexts(texts: Readonly<Record<string, string>>): ConsentStatement | undefined {
  const { consent: _id, ...members } = texts
  const parsed = consentStatementSchema.safeParse(members)
  return parsed.success ? parsed.data : undefined
}

function parsePerson(bsn: string): string {
  try {
    return parseBsn(bsn).reveal()
  } catch (cause) {
    throw new NodeError('request.bad_parameters', { cause, notes: ['bsn: is not a number that a person can have'] })
  }
}
