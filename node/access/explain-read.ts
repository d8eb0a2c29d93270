import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { ConsentAnswer } from '../policy/consent.js'
import { decideWithFacts } from '../policy/decide.js'
import type { Decision } from '../policy/decision.js'
import type { AskFact } from '../policy/fact.js'
import type { Claims } from '../policy/question.js'
import type { ReadExplanation } from '../../schemas/wire/policy.js'
import type { ServedSources } from './served-sources.js'
import { readWondered, type WonderedQuestion, type WonderedReading } from './wondered-reading.js'

/** A read that somebody wonders about. */
export interface WonderedRead extends WonderedQuestion {
  readonly party: string
  readonly source: string
  readonly claims: Claims
  /** Those of the source's pack when absent. */
  readonly scopes?: readonly string[] | undefined
  readonly time?: string | undefined
  /** What is taken to be so of facts, by name; others are not asked. */
  readonly facts?: Readonly<Record<string, boolean>> | undefined
  /** Whether the person is taken to have consented; what persons really said is not looked at. */
  readonly consent?: boolean | undefined
}

/**
 * Says what the policy would decide about a read and why, without reading, asking another node or journaling. Of a FHIR call
 * also without asking whose it is: that is as it is said, and else the decision is as for any person with a number.
 * @throws `source.unknown`, and as `readWondered`
 */
export type ExplainRead = (read: WonderedRead) => Promise<ReadExplanation>

export function createExplainRead(deps: {
  readonly clock: Clock
  readonly servedSources: Pick<ServedSources, 'find'>
}): ExplainRead {
  return async ({ party, source: name, claims, scopes, time, facts = {}, consent, ...question }) => {
    const served = deps.servedSources.find(party, name)
    if (served === undefined) throw new NodeError('source.unknown')
    const { pack } = served
    const { reading, template, person } = readWondered(served, scopes ?? served.scopes, question)
    const assumed: AskFact = (fact) =>
      Object.hasOwn(facts, fact.name)
        ? Promise.resolve({ holds: facts[fact.name] === true, source: 'assumed' })
        : Promise.reject(new NodeError('policy.fact_unavailable'))
    const decision = await decideWithFacts(
      {
        requester: { did: 'did:web:requester.invalid', claims },
        action: 'QUERY',
        resource: { ...reading, party, source: name },
        context: {
          scopes: scopes ?? served.scopes,
          time: time === undefined ? deps.clock.now() : Date.parse(time),
        },
      },
      pack,
      assumed,
      () => Promise.resolve({ given: consent === true }),
    )
    const titles = new Map(pack.rules.map((rule) => [rule.name, rule.title]))
    const titled = (rule: string) => ({ rule, title: titles.get(rule) ?? '' })
    const { permitted, reasons, purpose, grondslag, narrowing, weighed } = decision
    const unknown = (decision.facts ?? []).filter(({ outcome }) => outcome === 'unavailable').map((fact) => fact.name)
    const explanation = {
      permitted,
      ...titled(decision.rule),
      pack: `${pack.id} ${pack.version}`,
      ...(template === undefined ? {} : { template: templateOf(template) }),
      ...(person === undefined ? {} : { person }),
      reasons: [...reasons],
      ...(purpose === undefined ? {} : { purpose }),
      ...(grondslag === undefined ? {} : { grondslag }),
      facts: (decision.facts ?? []).map(({ name: fact, outcome }) => ({ name: fact, outcome })),
      ...(decision.consent === undefined ? {} : { consent: describeConsent(decision.consent, consent) }),
      ...(narrowing === undefined
        ? {}
        : {
            leftOut:
              narrowing.paths === undefined
                ? []
                : reading.paths.filter((path) => narrowing.paths?.includes(path) !== true),
            only: (narrowing.where ?? []).map((condition) => JSON.stringify(condition)),
          }),
      weighed: weighed.map((outcome) => ({
        ...titled(outcome.rule),
        permitted: outcome.permitted,
        reasons: [...outcome.reasons],
      })),
    }
    const dependsOnPerson =
      template !== undefined && person === 'unknown' && lacksOnlyPerson(decision, template.person.by)
    return { ...explanation, text: inWords(explanation, { unknown, dependsOnPerson }) }
  }
}

function templateOf({ name, interaction, type }: NonNullable<WonderedReading['template']>) {
  return { name, interaction, type }
}

/** True when the rule that comes nearest wants one person, and nothing else is lacking. */
function lacksOnlyPerson({ permitted, rule, weighed }: Decision, by: string): boolean {
  const lacks = weighed.find((outcome) => outcome.rule === rule)?.lacks ?? []
  return !permitted && lacks.length > 0 && lacks.every(({ path }) => path === by)
}

const consentInWords = {
  given: 'basis: consent of the person, which is taken to be there',
  none: 'consent of the person is taken not to be there',
  unknown: 'would be looked for: consent of the person, for this requester and purpose',
} as const

function describeConsent({ given }: ConsentAnswer, assumed: boolean | undefined): keyof typeof consentInWords {
  if (given) return 'given'
  return assumed === undefined ? 'unknown' : 'none'
}

function inWords(
  explanation: Omit<ReadExplanation, 'text'>,
  { unknown, dependsOnPerson }: { readonly unknown: readonly string[]; readonly dependsOnPerson: boolean },
): string[] {
  const { permitted, rule, title, reasons, template, person, purpose, grondslag, consent, leftOut = [] } = explanation
  const depends =
    unknown.length > 0
      ? 'depends on facts'
      : consent === 'unknown'
        ? 'depends on consent'
        : dependsOnPerson
          ? 'depends on whose it is'
          : undefined
  const verdict = permitted ? `permitted by ${rule}` : depends === undefined ? 'refused' : `${depends}, for ${rule}`
  return [
    `${verdict}${title === '' ? '' : `: ${title}`}`,
    ...(permitted ? [] : [rule === 'none' ? '' : `nearest rule: ${rule}`, ...reasons.map((reason) => `  - ${reason}`)]),
    ...(template === undefined ? [] : [`template: ${template.name} (${template.interaction} ${template.type})`]),
    ...(purpose === undefined ? [] : [`purpose: ${purpose}`]),
    ...(grondslag === undefined ? [] : [`grondslag: ${grondslag}`]),
    ...(leftOut.length === 0 ? [] : [`left out of the answer: ${leftOut.join(', ')}`]),
    ...(consent === undefined ? [] : [consentInWords[consent]]),
    ...(person === 'unknown' ? ['would be looked up first: whose it is, at the FHIR server'] : []),
    ...unknown.map((fact) => `would be asked of others: ${fact}`),
  ].filter((line) => line !== '')
}
