import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Audit } from '../audit/audit.js'
import type { AuditEvent } from '../audit/event.js'
import type { Clock, Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { AskFact, FactAnswer, FactQuestion } from '../policy/fact.js'

/** Asks one place, and hears whether it holds there. */
export type AskPlace = (question: FactQuestion) => Promise<boolean>

/** A place that may know a fact. */
export interface FactPlace {
  /** What decisions call it: the name of a source, or an address. */
  readonly name: string
  readonly ask: AskPlace
}

/** The places that may know a fact, and whether these are all of them. */
export interface FactPlaces {
  readonly places: readonly FactPlace[]
  /** False when there may be others: then nobody can say that it does not hold. */
  readonly complete: boolean
}

export interface AskFactDeps {
  readonly audit: Audit
  readonly clock: Clock
  readonly findPlaces: (question: FactQuestion) => Promise<FactPlaces>
  /** For one fact, all places together. 2000 unless given. */
  readonly timeoutMilliseconds?: number
}

const keptMilliseconds = 60_000
const maxKept = 5_000
const atOnce = 8

interface Kept {
  readonly answer: FactAnswer
  readonly until: Instant
}

/**
 * Establishes facts: asks every place that may know, at most eight at once, until one says yes.
 *
 * An answer is kept for a minute, in memory and bounded; equal questions at one moment are asked once. Each question that
 * goes out is in the journal before its answer counts. Fails closed: a "no" counts only when every place said it, or there
 * is none.
 * @throws `policy.fact_unavailable` when there is no yes and a place did not answer, or in time; `audit.unavailable`
 * @see iWlz UCIR-0002 to UCIR-0004
 */
export function createAskFact(deps: AskFactDeps): AskFact {
  const { clock } = deps
  const kept = new LRUCache<string, Kept>({ max: maxKept })
  const underway = new Map<string, Promise<FactAnswer>>()

  async function establish(key: string, question: FactQuestion): Promise<FactAnswer> {
    const answer = await askAndAccount(question, deps)
    kept.set(key, { answer, until: clock.now() + keptMilliseconds })
    return answer
  }

  return (question) => {
    const key = keyOf(question)
    const known = kept.get(key)
    if (known !== undefined && clock.now() < known.until) return Promise.resolve(known.answer)
    const running = underway.get(key)
    if (running !== undefined) return running
    const started = establish(key, question).finally(() => underway.delete(key))
    underway.set(key, started)
    return started
  }
}

/** A digest, because the values can name a person. */
function keyOf({ trace: _, ...asked }: FactQuestion): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64')
}

async function askAndAccount(question: FactQuestion, deps: AskFactDeps): Promise<FactAnswer> {
  try {
    const answer = await askPlaces(question, deps)
    // Nobody was asked, so there is nothing to account for: the decision says it.
    if (answer.source !== '')
      await deps.audit.record({ ...describe(question, deps.audit), outcome: 'success', ...foundPart(answer) })
    return answer
  } catch (cause) {
    if (NodeError.codeOf(cause) === 'audit.unavailable') throw cause
    const unavailable = new NodeError('policy.fact_unavailable', { detail: question.name, cause })
    await deps.audit.record({
      ...describe(question, deps.audit),
      outcome: 'failed',
      error: NodeError.codeOf(unavailable),
    })
    throw unavailable
  }
}

async function askPlaces(question: FactQuestion, deps: AskFactDeps): Promise<FactAnswer> {
  const { timeoutMilliseconds = 2000 } = deps
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NodeError('outbound.timed_out')), timeoutMilliseconds)
  })
  try {
    return await Promise.race([late, search(question, deps)])
  } finally {
    clearTimeout(timer)
  }
}

/** The first yes; a no when all said so. */
async function search(question: FactQuestion, { findPlaces }: AskFactDeps): Promise<FactAnswer> {
  const { places, complete } = await findPlaces(question)
  const waiting = [...places]
  const faults: unknown[] = []
  let found: FactAnswer | undefined
  const worker = async (): Promise<void> => {
    for (let place = waiting.shift(); place !== undefined && found === undefined; place = waiting.shift()) {
      try {
        if (await place.ask(question)) found = { holds: true, source: place.name }
      } catch (cause) {
        faults.push(cause)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, places.length) }, worker))
  if (found !== undefined) return found
  if (faults.length > 0) throw faults[0]
  if (!complete) throw new NodeError('policy.fact_unavailable', { detail: 'not everybody who may know is known' })
  return { holds: false, source: places.map(({ name }) => name).join(' ') }
}

function describe(question: FactQuestion, audit: Audit) {
  const { name, party, requester, operation, register, scope, where, not, trace } = question
  const filters: Record<string, string> = {}
  for (const { path, value } of [...where, ...not]) filters[path] = audit.pseudonym(path, value)
  return {
    code: 'fact.established',
    action: 'execute',
    party,
    actor: { did: requester },
    object: {
      service: register,
      operation,
      filters,
      selection: { fact: name },
      ...(scope === undefined ? {} : { scope }),
    },
    ...(trace === undefined ? {} : { trace }),
  } satisfies Partial<AuditEvent>
}

function foundPart({ holds, source }: FactAnswer): Pick<AuditEvent, 'reasons'> {
  return { reasons: [`${holds ? 'established' : 'not established'} by ${source.slice(0, 2000)}`] }
}
