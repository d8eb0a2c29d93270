import { NodeError, type ErrorCode } from '../kernel/errors.js'
import type { Decision, Narrowing } from './decision.js'
import { DeniedError } from './denied.js'
import type { Lack } from './lack.js'
import type { AccessQuestion, Filter, Reading } from './question.js'

/** Private is a word of the compiler only; who has no `stamp` makes none at run time either. */
const stamp = Symbol('permit')

/**
 * Leave to read exactly what was asked: one permitted decision for every question.
 *
 * Only `Permit.from` makes one. Having one proves that every question was permitted; it does not prove that the token
 * was valid, which the caller must have established before it asked the questions.
 */
export class Permit {
  readonly #questions: readonly AccessQuestion[]
  readonly #decisions: readonly Decision[]

  private constructor(proof: typeof stamp, questions: readonly AccessQuestion[], decisions: readonly Decision[]) {
    if (proof !== stamp) throw new NodeError('internal.fault', { detail: 'only Permit.from makes one' })
    this.#questions = questions
    this.#decisions = decisions
  }

  /**
   * Makes the permit for questions that were all permitted.
   *
   * @throws `access.denied` when a decision denies, when there is no question, or when the numbers differ;
   *   `policy.fact_unavailable` when one denies because a fact cannot be established; `source.bad_request` when all that
   *   is wrong is a number that cannot exist
   * @see iWlz RFC0052 section 6.9: one result per evaluation, same order, all true
   */
  static from(questions: readonly AccessQuestion[], decisions: readonly Decision[]): Permit {
    if (questions.length === 0 || questions.length !== decisions.length) {
      throw new NodeError('access.denied', { detail: 'the decisions do not answer the questions' })
    }
    questions.forEach((question, index) => {
      const decision = decisions[index]
      if (decision?.permitted !== true) throw denied(question, decision)
    })
    return new Permit(stamp, questions, decisions)
  }

  /** True for a real permit, whatever the type says: a cast can lie. */
  static is(value: unknown): value is Permit {
    return typeof value === 'object' && value !== null && #questions in value
  }

  /** The rules that gave leave, in the order of the questions. */
  get rules(): readonly string[] {
    return this.#decisions.map((decision) => decision.rule)
  }

  /**
   * What may leave of `read`, where that is less than what was asked: who reads leaves out the rest and says so.
   * `undefined` when all of it may, and for a read that the permit does not cover.
   */
  narrowingFor(read: Read): Narrowing | undefined {
    const index = this.#questions.findIndex(({ resource }) => isCovered(resource, read))
    return this.#decisions[index]?.narrowing
  }

  /**
   * True when the permit covers this read: same party, source and operation, nothing read or selected beyond what is
   * permitted, and the same conditions and order, at the root and below it.
   */
  covers(read: Read): boolean {
    return this.#questions.some(({ resource }) => isCovered(resource, read))
  }
}

function denied(question: AccessQuestion, decision: Decision | undefined): DeniedError {
  const { rule = 'none', reasons = [], weighed = [], retry } = decision ?? {}
  const lacks = weighed.find((outcome) => outcome.rule === rule)?.lacks ?? []
  return new DeniedError(
    codeOf(retry, lacks),
    { question, lacks },
    { detail: `denied by ${rule}`, notes: reasons.map((reason) => `${rule}: ${reason}`) },
  )
}

/** A number that cannot exist is a bad request and not a refusal, when nothing else was wrong. */
function codeOf(retry: boolean | undefined, lacks: readonly Lack[]): ErrorCode {
  if (retry === true) return 'policy.fact_unavailable'
  return lacks.length > 0 && lacks.every(({ kind }) => kind === 'malformed') ? 'source.bad_request' : 'access.denied'
}

type Read = Reading & { readonly party: string; readonly source: string }

function isCovered(resource: AccessQuestion['resource'], read: Read): boolean {
  return (
    resource.party === read.party &&
    resource.source === read.source &&
    resource.operation === read.operation &&
    isWithin(read.fields, resource.fields) &&
    isWithin(read.paths, resource.paths) &&
    sameFilters(resource.filters, read.filters) &&
    isSame(resource.where, read.where) &&
    isSame(resource.nested, read.nested) &&
    isSame(resource.order, read.order)
  )
}

function isWithin(read: readonly string[], permitted: readonly string[]): boolean {
  return read === permitted || read.every((name) => permitted.includes(name))
}

function sameFilters(asked: readonly Filter[], read: readonly Filter[]): boolean {
  const shape = (filters: readonly Filter[]): string =>
    JSON.stringify(filters.map(({ path, operator, value }) => [path, operator, value]).sort())
  return asked === read || shape(asked) === shape(read)
}

/** Both are plain data that one source made, so what is equal has one text. */
function isSame(asked: unknown, read: unknown): boolean {
  return asked === read || JSON.stringify(asked) === JSON.stringify(read)
}
