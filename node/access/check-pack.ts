import { getNamedType, isInputObjectType, isObjectType, type GraphQLInputType, type GraphQLSchema } from 'graphql'
import { NodeError } from '../kernel/errors.js'
import { createReadCase } from './case-reading.js'
import { decideWithFacts } from '../policy/decide.js'
import { decideConsent, type AskConsent } from '../policy/consent.js'
import type { AskFact } from '../policy/fact.js'
import { mutationsOf } from '../policy/mutations.js'
import type { Pack } from '../policy/pack.js'
import { ownLists } from '../policy/pack-fields.js'
import type { AccessQuestion, Reading } from '../policy/question.js'
import type { Rule } from '../policy/rule.js'
import { loadRegisterDefinition, type RegisterDefinition } from '../sources/register/definition.js'
import { memberRoles } from '../../schemas/credentials/ledenadministratie.js'
import type { AuthorizationData, PackCase, PackData, RuleData } from '../../schemas/pack.js'

/** What came of one case of a pack. */
export interface CaseResult {
  readonly name: string
  /** What is wrong, in sentences; none when all is well. */
  readonly faults: readonly string[]
  /** How many changed questions were refused, as they must. */
  readonly mutations: number
}

/**
 * Asks every case of a pack and, where it permits, asks it a little too much in every way there is.
 *
 * A case is wrong when it gets another decision than it expects, or when its rule still permits what is too much.
 * @param compile makes the pack, with and without the rules that wait for a change of law
 */
export async function testPack(options: {
  readonly data: Pick<PackData, 'schema' | 'fhir'>
  readonly cases: readonly PackCase[]
  readonly compile: (sandbox: boolean) => Pack
}): Promise<readonly CaseResult[]> {
  const read = createReadCase(options.data)
  const packs = new Map([true, false].map((sandbox) => [sandbox, options.compile(sandbox)]))
  const results: CaseResult[] = []
  for (const entry of options.cases) {
    const pack = packs.get(entry.sandbox)
    if (pack !== undefined) results.push(await testCase(entry, pack, read))
  }
  return results
}

async function testCase(entry: PackCase, pack: Pack, read: (entry: PackCase) => Reading): Promise<CaseResult> {
  const { case: name, expect } = entry
  let question: AccessQuestion
  try {
    question = toQuestion(entry, read(entry))
  } catch (cause) {
    if (!NodeError.is(cause)) throw cause
    return { name, faults: [`the source does not take the question: ${cause.notes.join(' ')}`], mutations: 0 }
  }
  const decision = await decideWithFacts(question, pack, factsOf(entry), consentOf(entry))
  const faults: string[] = []
  if (decision.permitted !== expect.permitted || decision.rule !== expect.rule)
    faults.push(
      `${describe(expect.permitted)} by ${expect.rule} was expected, and it is ${describe(decision.permitted)} by ${decision.rule}`,
    )
  if (decision.reasons.join('\n') !== expect.reasons.join('\n'))
    faults.push(`the reasons are: ${decision.reasons.join(' | ') || 'none'}`)
  if ((decision.retry ?? false) !== expect.retry) faults.push(`retry is ${String(decision.retry ?? false)}`)
  const rule = decision.permitted ? pack.rules.find((each) => each.name === decision.rule) : undefined
  const mutations = rule === undefined ? [] : mutationsOf(question, rule)
  const harmful = mutations.filter((mutation) => rule !== undefined && isHarmful(rule, mutation.question, question))
  faults.push(...harmful.map(({ change }) => `still permitted ${change}`))
  return { name, faults, mutations: mutations.length - harmful.length }
}

function describe(permitted: boolean): string {
  return permitted ? 'a permit' : 'a refusal'
}

/** True when a rule lets something leave that it did not before. */
function isHarmful(rule: Rule, question: AccessQuestion, asked: AccessQuestion): boolean {
  const { permitted, narrowing } = rule.weigh(question)
  if (!permitted || !question.context.scopes.includes(rule.scope)) return false
  return narrowing?.paths === undefined || narrowing.paths.some((path) => !asked.resource.paths.includes(path))
}

function toQuestion({ claims, ...entry }: PackCase, reading: Reading): AccessQuestion {
  const { operation, filters, where, nested, order, fields, paths } = reading
  return {
    requester: { did: 'did:web:requester.example', claims },
    action: 'QUERY',
    resource: { party: 'party', source: 'register', operation, filters, where, nested, order, fields, paths },
    context: { scopes: entry.scopes, time: Date.parse(entry.time) },
  }
}

function factsOf({ facts }: PackCase): AskFact {
  return ({ name }) => {
    const holds = facts[name] ?? (name in facts ? null : false)
    return holds === null
      ? Promise.reject(new NodeError('policy.fact_unavailable'))
      : Promise.resolve({ holds, source: 'case' })
  }
}

/** What a case says of consent, weighed as at a source. */
export function consentOf({ consents }: Pick<PackCase, 'consents'>): AskConsent {
  return (question) => {
    const said = new Map(Object.entries(consents)).get(question.person) ?? []
    return Promise.resolve(
      decideConsent(
        said.map((statement, at) => ({ ...statement, id: String(at + 1) })),
        question,
      ),
    )
  }
}

/**
 * What is wrong with a pack beside what keeps it from being compiled: places, filters and roles that do not exist, and rules
 * without a case that permits or one that refuses.
 */
export function lintPack(data: PackData, cases: readonly PackCase[]): readonly string[] {
  // The templates of a FHIR source stand in the pack, so compiling it looked at them.
  const definition = data.fhir === undefined ? loadRegisterDefinition(data.schema) : undefined
  const given = data.authorizations.flatMap((each) =>
    (definition === undefined ? ['a FHIR source gives none'] : lintAuthorization(each, definition)).map(
      (fault) => `${each.id}: ${fault}`,
    ),
  )
  const ruled = data.rules.flatMap((rule) => {
    const name = `${rule.id}.v${String(rule.version)}`
    const seen = cases.filter(({ expect }) => expect.rule === name).map(({ expect }) => expect.permitted)
    return [
      ...(definition === undefined ? [] : lintRule(rule, definition)),
      ...rule.wie.role
        .filter((role) => !memberRoles.some((known) => known === role))
        .map((role) => `no member can have the role ${role}`),
      ...(seen.includes(true) ? [] : ['has no case that it permits']),
      ...(seen.includes(false) ? [] : ['has no case that it refuses']),
    ].map((fault) => `${rule.id}: ${fault}`)
  })
  return [...ruled, ...given]
}

function lintAuthorization(
  { type, holder, end, fields }: AuthorizationData,
  { schema }: RegisterDefinition,
): readonly string[] {
  const own = [holder.field, ...end.fields].map((field) => `${type}.${field}`)
  const named = Object.entries(fields).flatMap(([on, names]) => names.map((name) => `${on}.${name}`))
  return [...own, ...named].filter((field) => !hasField(schema, field)).map((field) => `there is no field ${field}`)
}

function lintRule({ wat }: RuleData, { schema, served }: RegisterDefinition): readonly string[] {
  const root = schema.getQueryType()?.getFields()[wat.operation]
  if (root === undefined) return [`the register has no root field ${wat.operation}`]
  const type = getNamedType(root.type)
  const where = root.args.find(({ name }) => name === 'where')?.type
  const places = Object.entries(wat.paths ?? {}).flatMap(([above, names]) =>
    names.map((name) => (above === '' ? name : `${above}.${name}`)),
  )
  const fields = Object.entries(ownLists(wat.fields) ?? {}).flatMap(([on, names]) =>
    names.map((name) => `${on}.${name}`),
  )
  const filters = [...wat.filterRequired, ...Object.keys(wat.filterEquals)]
  return [
    ...(type.name === wat.type ? [] : [`${wat.operation} is of type ${type.name}, not ${wat.type}`]),
    ...places.filter((path) => !leadsToField(type, path.split('.'))).map((path) => `there is no place ${path}`),
    ...fields.filter((field) => !hasField(schema, field)).map((field) => `there is no field ${field}`),
    ...filters
      .filter((path) => !leadsToFilter(where, asWritten(path, served.model.get(wat.type)?.paths).split('.')))
      .map((path) => `the register cannot be filtered on ${path}`),
  ]
}

/** A place as a request writes it: where one member of `where` stands for a way over several fields. */
function asWritten(path: string, ways: Readonly<Record<string, string>> = {}): string {
  const found = Object.entries(ways).find(([, way]) => path.startsWith(`${way}.`))
  return found === undefined ? path : `${found[0]}${path.slice(found[1].length)}`
}

/** @param field as `Type.field` */
function hasField(schema: GraphQLSchema, field: string): boolean {
  const [type = '', ...steps] = field.split('.')
  return leadsToField(schema.getType(type), steps)
}

function leadsToField(type: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true
  const field = isObjectType(type) ? type.getFields()[step] : undefined
  return field !== undefined && leadsToField(getNamedType(field.type), rest)
}

function leadsToFilter(type: GraphQLInputType | undefined, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return type !== undefined
  const input = type && getNamedType(type)
  return isInputObjectType(input) && leadsToFilter(input.getFields()[step]?.type, rest)
}
