import type { RuleData } from '../../schemas/pack.js'
import { comparisonsOf, type Compared } from './conditions.js'
import { nothing, type Lack } from './lack.js'
import type { AccessQuestion, Claims } from './question.js'

type Resource = AccessQuestion['resource']

/** What a rule says of everything that is read: what it lacks, and what may leave where a rule lets less leave. */
export interface Verdict {
  readonly lacks: readonly Lack[]
  /** The selected places that may leave; `undefined` when all of them may. */
  readonly paths: readonly string[] | undefined
}

/** Judges everything that is read; `selection` judges what is selected only, which is known for a cached document. */
export interface Readable {
  (question: AccessQuestion): Verdict
  readonly selection: (question: AccessQuestion) => Verdict
}

/** What a rule lets be read. */
interface Allowed {
  /** As `Type.field`; `undefined` when the rule looks at places only. */
  readonly fields: ReadonlySet<string> | undefined
  /** As paths from the root; `undefined` when the rule looks at types only. */
  readonly paths: ReadonlySet<string> | undefined
}

const maxNames = 20
const inOrder: readonly string[] = ['eq', 'in', 'gt', 'ngt', 'gte', 'ngte', 'lt', 'nlt', 'lte', 'nlte']
const all: Verdict = Object.freeze({ lacks: nothing, paths: undefined })

/**
 * Compiles what may be read: selected, compared and ordered by alike, because who may not see a field may not probe it
 * either. Only what the rule itself asks to be compared need not be readable.
 *
 * What is selected belongs to a cached document and the rule never changes, so one verdict serves every request with it.
 */
export function compileReadable(wat: RuleData['wat']): Readable {
  const asked = new Set([...wat.filterRequired, ...Object.keys(wat.filterEquals)])
  const allowedFor = compileAllowed(wat)
  const isClosed = compileForbidden(wat.forbidden)
  const mayCompare = compileComparisons(wat, asked)
  const verdicts = new WeakMap<readonly string[], { readonly paths: readonly string[]; readonly verdict: Verdict }>()

  function judgeSelection({ fields, paths }: Resource, allowed: Allowed): Verdict {
    const closed = paths.filter((path) => isClosed(path) || allowed.paths?.has(path) === false)
    const isAskedOnly = (field: string): boolean => {
      const at = asked.has(field.slice(wat.type.length + 1)) && field.startsWith(`${wat.type}.`)
      return at && !paths.some((path) => `.${path}`.endsWith(`.${field.slice(wat.type.length + 1)}`))
    }
    const refused = fields.filter((field) => allowed.fields?.has(field) === false && !isAskedOnly(field))
    if (closed.length + refused.length === 0) return all
    const open = paths.filter((path) => !closed.includes(path))
    const leaves = open.filter((path) => !paths.some((below) => below.startsWith(`${path}.`)))
    if (wat.narrow && refused.length === 0 && leaves.length > 0) return { lacks: nothing, paths: open }
    const names = [...new Set([...refused, ...closed])].slice(0, maxNames).join(', ')
    return { lacks: [{ kind: 'read', text: `wat: not allowed to read ${names}` }], paths: undefined }
  }

  function selectionVerdict({ resource, requester }: AccessQuestion): Verdict {
    const { allowed, lasting } = allowedFor(requester.claims)
    const known = lasting ? verdicts.get(resource.fields) : undefined
    if (known?.paths === resource.paths) return known.verdict
    const verdict = judgeSelection(resource, allowed)
    if (lasting) verdicts.set(resource.fields, { paths: resource.paths, verdict })
    return verdict
  }

  const judge = (question: AccessQuestion): Verdict => {
    const { resource, requester } = question
    const verdict = selectionVerdict(question)
    const { allowed } = allowedFor(requester.claims)
    const isReadable = ({ path, field }: { path: string; field: string }): boolean =>
      !isClosed(path) && allowed.paths?.has(path) !== false && allowed.fields?.has(field) !== false
    const probes = [
      ...comparisonsAtRoot(resource, wat.type).filter((each) => !mayCompare(each, '', isReadable)),
      ...resource.nested.flatMap(({ path, where }) =>
        comparisonsOf(where, `${path}.`).filter((each) => !mayCompare(each, `${path}.`, isReadable)),
      ),
    ].map(describeComparison)
    const sorted = [
      ...resource.order.filter((key) => !isReadable(key)).map(({ path }) => path),
      ...resource.nested
        .flatMap(({ path: base, order }) =>
          order.map(({ path, field }) => ({ path: `${base}.${path}`, field })).filter((key) => !isReadable(key)),
        )
        .map(({ path }) => path),
    ]
    if (probes.length === 0 && sorted.length === 0) return verdict
    const lacks = [...verdict.lacks, ...refusal('filter on', probes), ...refusal('order by', sorted)]
    return { lacks, paths: undefined }
  }
  return Object.assign(judge, { selection: selectionVerdict })
}

function describeComparison({ path, operator }: Compared): string {
  if (operator === 'or') return `${path.replace(/\.$/, ' ')}alternatives (or)`
  return operator === 'eq' ? path : `${path} with ${operator}`
}

function refusal(what: string, names: readonly string[]): readonly Lack[] {
  if (names.length === 0) return nothing
  const said = [...new Set(names)].slice(0, maxNames).join(', ')
  return [{ kind: 'compare', text: `wat: not allowed to ${what} ${said}` }]
}

/** Also from `filters`, for a source that says no more than that. */
function comparisonsAtRoot({ where, filters }: Resource, type: string): readonly Compared[] {
  const found = comparisonsOf(where)
  const others = filters.filter(({ path }) => !found.some((each) => each.path === path))
  return [...found, ...others.map(({ path, operator }) => ({ path, field: `${type}.${path}`, operator }))]
}

/**
 * What may be compared, and how. With `eq` what the rule asks for, and what may be read at that very place; otherwise
 * what the rule lists. Days that a list must be narrowed by may be compared with anything that orders.
 *
 * An `or` at the root could make the request wider than its filters say, so nothing allows it; below the root it is what
 * conditions on open ends are made of, and the rule looks at what it comes to.
 */
function compileComparisons(wat: RuleData['wat'], asked: ReadonlySet<string>) {
  const listed = new Map<string, readonly string[]>(Object.entries(wat.compare))
  for (const [path, { overlaps, inForceOn }] of Object.entries(wat.nested)) {
    for (const period of [overlaps, inForceOn]) {
      if (period === undefined) continue
      for (const name of [period.start, period.end]) listed.set(`${path}.${name}`, inOrder)
    }
  }
  const ends = wat.own?.open === true ? new Set([wat.own.end]) : undefined
  return (
    { path, field, operator }: Compared,
    base: string,
    isReadable: (place: { path: string; field: string }) => boolean,
  ): boolean => {
    if (operator === 'or') return base !== ''
    if (operator === 'eq' && base === '' && (asked.has(path) || ends?.has(path) === true)) return true
    if (listed.get(path)?.includes(operator) === true) return true
    // Through a relation one asks about other records than those that are read here.
    return operator === 'eq' && !path.slice(base.length).includes('.') && isReadable({ path, field })
  }
}

function compileForbidden(forbidden: readonly string[]): (path: string) => boolean {
  return (path) => forbidden.some((closed) => path === closed || path.startsWith(`${closed}.`))
}

/** The fields that a credential lists differ per requester; those that a rule lists are always the same. */
function compileAllowed({
  fields,
  paths,
}: RuleData['wat']): (claims: Claims) => { readonly allowed: Allowed; readonly lasting: boolean } {
  const places = paths === undefined ? undefined : placesOf(paths)
  if (fields !== undefined && isListedInClaim(fields)) {
    return (claims) => {
      const listed = claims[fields.listedIn]
      const names = Array.isArray(listed) ? listed.filter((name) => typeof name === 'string') : []
      return { allowed: { fields: new Set(names), paths: places }, lasting: false }
    }
  }
  const named =
    fields && new Set(Object.entries(fields).flatMap(([type, names]) => names.map((name) => `${type}.${name}`)))
  const answer = { allowed: { fields: named, paths: places }, lasting: true }
  return () => answer
}

/** Every place, with the objects that lie on the way to it. */
function placesOf(paths: Readonly<Record<string, readonly string[]>>): ReadonlySet<string> {
  const places = new Set<string>()
  for (const [above, names] of Object.entries(paths)) {
    const steps = above === '' ? [] : above.split('.')
    steps.forEach((_, index) => places.add(steps.slice(0, index + 1).join('.')))
    for (const name of names) places.add(above === '' ? name : `${above}.${name}`)
  }
  return places
}

/** True when a credential lists the fields, and not the rule. */
export function isListedInClaim(fields: RuleData['wat']['fields']): fields is { listedIn: string } {
  return typeof fields?.['listedIn'] === 'string'
}
