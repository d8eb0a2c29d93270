import type { RuleData } from '../../schemas/pack.js'
import { compileConsent, type ConsentNeeded } from './consent.js'
import type { Narrowing, RuleOutcome } from './decision.js'
import { compileFact, type Fact } from './fact.js'
import { hasFilter, hasFilterEqual, hasForm, isOpen, type RuleCondition } from './filters.js'
import { nothing, type Lack } from './lack.js'
import { keepsWithin } from './nested.js'
import { compileOnly, provesOwn } from './only.js'
import type { AccessQuestion } from './question.js'
import { compileReadable, isListedInClaim } from './readable.js'
import { claimsOfReference } from './reference.js'
import { keepsUnder } from './under.js'
import { hasGround, holdsToday, isBefore } from './validity.js'

/** A rule, compiled at load. */
export interface Rule {
  /** Id and version, as decisions name it: `UCIR-0001.v1`. */
  readonly name: string
  readonly title: string
  readonly scope: string
  readonly purpose: string
  readonly grondslag: string
  /** What must be true beside the conditions; each is asked of a source when those are met. */
  readonly facts: readonly Fact[]
  /** The consent that is looked for when the conditions are met and the facts are so; absent for a rule that asks none. */
  readonly consent: ConsentNeeded | undefined
  /** The places that the rule cannot do without: for whoever explains it, and for tests that take them away. */
  readonly asks: {
    /** Filters that must be there. */
    readonly filters: readonly string[]
    /** Those of them that must be a value of the requester's own. */
    readonly own: readonly string[]
    /** Lists below the root with conditions of their own. */
    readonly lists: readonly string[]
  }
  /** The root field that it is about. */
  readonly operation: string
  /** True when it is about this root field and this role: otherwise it permits nothing, whatever else is so. */
  readonly concerns: (question: AccessQuestion) => boolean
  /** The outcome of `weigh` when it permits, found without looking further than the first thing that is missing. */
  readonly permits: (question: AccessQuestion) => RuleOutcome | undefined
  readonly weigh: (question: AccessQuestion) => RuleOutcome
}

const noTexts: readonly string[] = Object.freeze([])

/**
 * Compiles a rule to its conditions, in the order of the four questions *wie, wat, waarvoor, wanneer*.
 *
 * All conditions are weighed, so that the requester learns everything that is missing at once. Reasons name what the
 * rule asks, never what the source holds. Facts and consent are not weighed here.
 * @param options.sandbox whether rules count that wait for a change of law
 */
export function compileRule(data: RuleData, { sandbox = false }: { readonly sandbox?: boolean } = {}): Rule {
  const { wie, wat, waarvoor, wanneer, grondslag } = data
  const name = `${data.id}.v${String(data.version)}`
  const isFor = hasRole(wie.role)
  const isAbout = asksOperation(wat.operation)
  const before: readonly RuleCondition[] = [
    isFor,
    ...(wat.only?.equals ?? []).map(provesOwn),
    isAbout,
    ...wat.filterRequired.map(hasFilter),
    ...(wat.own?.open === true ? [isOpen(wat.own)] : []),
    ...Object.entries(wat.filterEquals).map(([path, reference]) => hasFilterEqual(path, reference)),
    ...Object.entries(wat.valid).map(([path, form]) => hasForm(path, form)),
  ]
  const after: readonly RuleCondition[] = [
    ...(wat.only?.under === undefined || wat.own === undefined ? [] : [keepsUnder(wat.only.under, wat.own)]),
    ...Object.entries(wat.nested).flatMap(([path, nested]) => keepsWithin(path, nested, wat.own)),
    hasGround(grondslag.status, sandbox),
    ...('until' in wanneer ? [isBefore(wanneer.until)] : []),
    holdsToday(grondslag),
  ]
  const readable = compileReadable(wat)
  const only = compileOnly(wat)
  return {
    name,
    title: data.title,
    scope: data.scope,
    purpose: waarvoor.purpose,
    grondslag: `${grondslag.text} (${grondslag.status})`,
    facts: data.facts.map(compileFact),
    consent: data.consent && compileConsent(data.consent, waarvoor.purpose),
    asks: {
      filters: [...wat.filterRequired, ...Object.keys(wat.filterEquals)],
      own: Object.keys(wat.filterEquals),
      lists: Object.keys(wat.nested),
    },
    operation: wat.operation,
    concerns: (question) => isAbout(question) === nothing && isFor(question) === nothing,
    permits(question) {
      for (const condition of before) if (condition(question).length > 0) return undefined
      if (readable.selection(question).lacks.length > 0) return undefined
      const verdict = readable(question)
      if (verdict.lacks.length > 0) return undefined
      for (const condition of after) if (condition(question).length > 0) return undefined
      return permitOf(name, verdict.paths, only(question))
    },
    weigh(question) {
      const lacks: Lack[] = []
      for (const condition of before) lacks.push(...condition(question))
      const verdict = readable(question)
      lacks.push(...verdict.lacks)
      for (const condition of after) lacks.push(...condition(question))
      if (lacks.length > 0) return { rule: name, permitted: false, reasons: lacks.map(({ text }) => text), lacks }
      return permitOf(name, verdict.paths, only(question))
    },
  }
}

function permitOf(rule: string, paths: Narrowing['paths'], where: NonNullable<Narrowing['where']>): RuleOutcome {
  const narrowing = narrowingOf(paths, where)
  const permit = { rule, permitted: true, reasons: noTexts, lacks: nothing }
  return narrowing === undefined ? permit : { ...permit, narrowing }
}

function narrowingOf(paths: Narrowing['paths'], where: NonNullable<Narrowing['where']>): Narrowing | undefined {
  if (paths === undefined && where.length === 0) return undefined
  return { ...(paths === undefined ? {} : { paths }), ...(where.length === 0 ? {} : { where }) }
}

/** The claims that a rule looks at, by name; what a scope yields must have them. */
export function claimsOf({ wat, wanneer, facts, consent }: RuleData): readonly string[] {
  const references = [
    ...Object.values(wat.filterEquals),
    ...(wat.only?.equals ?? []).map(({ value }) => value),
    ...(wat.only?.under === undefined ? [] : [wat.only.under.holder.value]),
    ...Object.values(wat.nested).flatMap(({ equals }) => Object.values(equals)),
    ...facts.flatMap(({ where, not }) => [...Object.values(where), ...Object.values(not)]),
  ]
  const names = [
    'organization_role',
    ...references.flatMap(claimsOfReference),
    ...(isListedInClaim(wat.fields) ? [wat.fields.listedIn] : []),
    ...('until' in wanneer ? [wanneer.until] : []),
    ...(consent === undefined ? [] : ['organization_id_type', 'organization_id']),
  ]
  return [...new Set(names)]
}

function hasRole(roles: readonly string[]): RuleCondition {
  const lacks: readonly Lack[] = [{ kind: 'role', text: `wie: your role must be ${roles.join(' or ')}` }]
  return ({ requester }) => (roles.some((role) => role === requester.claims['organization_role']) ? nothing : lacks)
}

function asksOperation(operation: string): RuleCondition {
  const lacks: readonly Lack[] = [{ kind: 'operation', text: `wat: only ${operation} may be asked` }]
  return ({ resource }) => (resource.operation === operation ? nothing : lacks)
}
