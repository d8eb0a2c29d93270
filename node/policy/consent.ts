import type { ConsentStatement } from '../../schemas/consent.js'
import type { ConsentData } from '../../schemas/pack.js'
import { equalsAt } from './conditions.js'
import { dayOf, type Day } from './day.js'
import type { AccessQuestion, RequesterFacts } from './question.js'

/** Whether a person lets this requester read this, for this, today. */
export interface ConsentQuestion {
  /** The party whose source it is. */
  readonly party: string
  readonly source: string
  readonly operation: string
  readonly purpose: string
  /** The BSN (national person number) that the request names. */
  readonly person: string
  readonly requester: RequesterFacts
  readonly day: Day
}

/** What a person said, under the name that it has in the account. */
export interface NamedStatement extends ConsentStatement {
  readonly id: string
}

export interface ConsentAnswer {
  /** False where nothing was said as well as where it was forbidden: those who ask hear no difference. */
  readonly given: boolean
  /** The statement that decided; absent where there is none. */
  readonly statement?: string
}

/** Looks for consent: the port to where it is kept. @throws `store.unavailable` */
export type AskConsent = (question: ConsentQuestion) => Promise<ConsentAnswer>

/** What a rule asks of consent, compiled at load. */
export interface ConsentNeeded {
  /** The question for this request; `undefined` when it names no person, or more than one. */
  ask(question: AccessQuestion): ConsentQuestion | undefined
}

/** Compiles what a rule for `purpose` asks of consent. */
export function compileConsent({ person }: ConsentData, purpose: string): ConsentNeeded {
  return {
    ask({ requester, resource, context }) {
      const [value, ...others] = equalsAt(resource, person)
      if (typeof value !== 'string' || others.some((other) => other !== value)) return undefined
      const { party, source, operation } = resource
      return { party, source, operation, purpose, person: value, requester, day: dayOf(context.time) }
    },
  }
}

/**
 * Decides by what a person said: the statements that are about this and count today, and of those the most specific.
 *
 * A statement is more specific than another when it is so in recipient, purpose or data, and less so in none. Among those
 * that no other goes before, one objection is a no; without any statement it is a no.
 */
export function decideConsent(statements: readonly NamedStatement[], question: ConsentQuestion): ConsentAnswer {
  const applying = statements.flatMap((statement) => {
    const rank = rankOf(statement, question)
    return rank === undefined ? [] : [{ statement, rank }]
  })
  const foremost = applying.filter(({ rank }) => !applying.some((other) => goesBefore(other.rank, rank)))
  const deciding = foremost.find(({ statement }) => statement.effect === 'deny') ?? foremost[0]
  if (deciding === undefined) return { given: false }
  return { given: deciding.statement.effect === 'permit', statement: deciding.statement.id }
}

/** How specific a statement is, in each of its parts. */
interface Rank {
  readonly recipient: number
  readonly purpose: number
  readonly data: number
}

/** `undefined` when the statement is not about the question. */
function rankOf(statement: NamedStatement, question: ConsentQuestion): Rank | undefined {
  const { from, until } = statement
  if (question.day < from || (until !== undefined && question.day > until)) return undefined
  const recipient = rankOfRecipient(statement.recipient, question.requester)
  const purpose = rankOfValues([statement.purpose, question.purpose])
  const data = rankOfValues([statement.source, question.source], [statement.operation, question.operation])
  return recipient === undefined || purpose === undefined || data === undefined
    ? undefined
    : { recipient, purpose, data }
}

/** One organisation goes before a role, and a role before anyone. */
function rankOfRecipient(recipient: string, { did, claims }: RequesterFacts): number | undefined {
  if (recipient === 'anyone') return 0
  if (recipient === `role:${String(claims['organization_role'])}`) return 1
  if (recipient === did) return 2
  const { organization_id_type: kind, organization_id: id } = claims
  return typeof kind === 'string' && typeof id === 'string' && recipient === `${kind}:${id}` ? 2 : undefined
}

/** How many of these values were said and are so; `undefined` when one that was said is not. */
function rankOfValues(...pairs: readonly (readonly [said: string | undefined, is: string])[]): number | undefined {
  const said = pairs.filter(([value]) => value !== undefined)
  return said.every(([value, is]) => value === is) ? said.length : undefined
}

function goesBefore(one: Rank, other: Rank): boolean {
  const more = [one.recipient - other.recipient, one.purpose - other.purpose, one.data - other.data]
  return more.some((by) => by > 0) && more.every((by) => by >= 0)
}
