import type { FactData, FactReference } from '../../schemas/pack.js'
import { equalsAt } from './conditions.js'
import { dayOf, type Day } from './day.js'
import type { Trace } from '../kernel/trace.js'
import type { AccessQuestion } from './question.js'
import { compileReference, splitReference } from './reference.js'

/** One comparison of a fact: the place in a record, with `some` for one of the records of a list, and the value. */
export interface FactValue {
  readonly path: string
  readonly value: string
}

/** A yes/no question about a register: is there a record, anywhere, that has all of this and nothing of that? */
export interface FactQuestion {
  /** What it establishes, for whoever reads a decision. */
  readonly name: string
  /** The party whose rule asks. */
  readonly party: string
  /** The schema of the register that is asked. */
  readonly register: string
  readonly at: 'here' | 'network'
  readonly scope: string | undefined
  /** Roles of those who are asked. */
  readonly role: readonly string[] | undefined
  /** Who wants to read; its own word about itself proves nothing. */
  readonly requester: string
  readonly operation: string
  readonly where: readonly FactValue[]
  readonly not: readonly FactValue[]
  /** The record is in force on this day. */
  readonly inForce: { readonly start: string; readonly end: string; readonly day: Day } | undefined
  readonly select: string
  readonly trace?: Trace
}

/** What was found: with who said so, for the account of the decision. */
export interface FactAnswer {
  readonly holds: boolean
  /** The source that said so: the name of one of this node, or the address of another. */
  readonly source: string
}

/**
 * Establishes facts: the port to what knows sources and other nodes.
 * @throws `policy.fact_unavailable` when nobody says yes and somebody did not answer
 */
export type AskFact = (question: FactQuestion) => Promise<FactAnswer>

/** A fact of a rule, compiled at load. */
export interface Fact {
  readonly name: string
  /** The question for this request; `undefined` when the request or its requester does not say enough to ask it. */
  ask(question: AccessQuestion): FactQuestion | undefined
}

/** Compiles a fact. */
export function compileFact(data: FactData): Fact {
  const where = compileValues(data.where)
  const not = compileValues(data.not)
  const { name, register, at, scope, role, operation, select } = data
  return {
    name,
    ask(question) {
      const [has, lacks] = [where(question), not(question)]
      if (has === undefined || lacks === undefined) return undefined
      return {
        name,
        party: question.resource.party,
        requester: question.requester.did,
        register,
        at,
        scope,
        role,
        operation,
        where: has,
        not: lacks,
        inForce: data.inForce && { ...data.inForce, day: dayOf(question.context.time) },
        select,
        ...(question.context.trace === undefined ? {} : { trace: question.context.trace }),
      }
    },
  }
}

type ReadValues = (question: AccessQuestion) => readonly FactValue[] | undefined

function compileValues(data: Readonly<Record<string, FactReference>>): ReadValues {
  const parts = Object.entries(data).map(([path, source]) => ({ path, read: compileValue(source) }))
  return (question) => {
    const values = parts.map(({ path, read }) => ({ path, value: read(question) }))
    const known = values.filter((each): each is FactValue => each.value !== undefined)
    return known.length === values.length ? known : undefined
  }
}

function compileValue(source: FactReference): (question: AccessQuestion) => string | undefined {
  if (!isFilter(source)) {
    const { read } = compileReference(source)
    return ({ requester }) => read(requester.claims)
  }
  const [, name] = splitReference(source)
  return ({ resource }) => {
    const values = equalsAt(resource, name)
    const [value] = values
    return values.length === 1 && typeof value === 'string' ? value : undefined
  }
}

function isFilter(source: FactReference): source is `filter.${string}` {
  return source.startsWith('filter.')
}
