import type { Audit } from '../audit/audit.js'
import { personPseudonym } from '../audit/person.js'
import type { Parties } from '../identity/parties.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import { Permit } from '../policy/permit.js'
import type { ServedSources } from './served-sources.js'

/** What a party wants to know of a source of its own. */
export interface OwnQuestion {
  /** The local name of the party. */
  readonly party: string
  readonly source: string
  readonly query: string
  readonly variables?: Readonly<Record<string, string>>
  /** For which work of the party, for the journal: `volgindicatie`. */
  readonly purpose: string
  readonly trace?: Trace | undefined
}

/**
 * Reads a source of a party for work of that party itself, and gives the records of the root field that is asked. No rule
 * of the pack is asked, because nothing leaves the organisation; that it was read is in the journal before this returns.
 * Does not say who may start such work: whoever calls this answers for that.
 * @throws `source.unknown`, `source.bad_request`, `source.unavailable`, `audit.unavailable`
 */
export type ReadOwn = (question: OwnQuestion) => Promise<readonly unknown[]>

export interface ReadOwnDeps {
  readonly audit: Audit
  readonly clock: Clock
  readonly parties: Pick<Parties, 'get'>
  readonly servedSources: Pick<ServedSources, 'find'>
}

export function createReadOwn({ audit, clock, parties, servedSources }: ReadOwnDeps): ReadOwn {
  return async ({ party, source: name, query, variables = {}, purpose, trace }) => {
    const served = servedSources.find(party, name)
    if (served === undefined) throw new NodeError('source.unknown')
    const { did } = await parties.get(party)
    const { source } = served
    const request = source.parse({ query, variables })
    const question = {
      requester: { did, claims: {} },
      action: 'QUERY',
      resource: { party, ...request },
      context: { scopes: [], time: clock.now() },
    } as const
    const leave = { permitted: true, rule: 'OWN', reasons: [], purpose, grondslag: undefined, weighed: [] } as const
    const answer = await source.read(Permit.from([question], [leave]), request)
    await audit.record({
      code: 'register.read',
      action: 'read',
      outcome: 'success',
      party,
      actor: { did },
      object: { source: name, operation: request.operation, recordCount: answer.recordCount },
      purpose,
      ...(answer.persons.length === 0 ? {} : { persons: answer.persons.map((bsn) => personPseudonym(audit, bsn)) }),
      ...(trace === undefined ? {} : { trace }),
    })
    return recordsOf(answer.data)
  }
}

/** The source wrote this text itself, as the projection of its schema. */
function recordsOf(data: string): readonly unknown[] {
  const parsed = JSON.parse(data) as Readonly<Record<string, readonly unknown[]>>
  // A request has one root field.
  return Object.values(parsed).flat()
}
