import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { ConsentAnswer } from '../policy/consent.js'
import { decideWithFacts } from '../policy/decide.js'
import type { AskFact } from '../policy/fact.js'
import type { Claims } from '../policy/question.js'
import type { ReadExplanation } from '../../schemas/wire/policy.js'
import type { ServedSources } from './served-sources.js'

/** A read that somebody wonders about. */
export interface WonderedRead {
  readonly party: string
  readonly source: string
  readonly claims: Claims
  /** Those of the source's pack when absent. */
  readonly scopes?: readonly string[] | undefined
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>> | undefined
  readonly time?: string | undefined
  /** What is taken to be so of facts, by name; others are not asked. */
  readonly facts?: Readonly<Record<string, boolean>> | undefined
  /** Whether the person is taken to have consented; what persons really said is not looked at. */
  readonly consent?: boolean | undefined
}

/**
 * Says what the policy would decide about a read and why, without reading, asking another node or journaling.
 * @throws `source.unknown`, `source.bad_request`
 */
export type ExplainRead = (read: WonderedRead) => Promise<ReadExplanation>

export function createExplainRead(deps: {
  readonly clock: Clock
  readonly servedSources: Pick<ServedSources, 'find'>
}): ExplainRead {
  return async ({ party, source: name, claims, scopes, query, variables, time, facts = {}, consent }) => {
    const served = deps.servedSources.find(party, name)
    if (served === undefined) throw new NodeError('source.unknown')
    const { source, pack } = served
    const { template: _template, ...reading } = source.parse({ query, variables })
    const assumed: AskFact = (fact) =>
      Object.hasOwn(facts, fact.name)
        ? Promise.resolve({ holds: facts[fact.name] === true, source: 'assumed' })
        : Promise.reject(new NodeError('policy.fact_unavailable'))
    const decision = await decideWithFacts(
      {
        requester: { did: 'did:web:requester.invalid', claims },
        action: 'QUERY',
        resource: { ...reading, party },
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
    return { ...explanation, text: inWords(explanation, unknown) }
  }
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
  { permitted, rule, title, reasons, purpose, grondslag, consent, leftOut = [] }: Omit<ReadExplanation, 'text'>,
  unknown: readonly string[],
): string[] {
  const depends = unknown.length > 0 ? 'depends on facts' : consent === 'unknown' ? 'depends on consent' : undefined
  const verdict = permitted ? `permitted by ${rule}` : depends === undefined ? 'refused' : `${depends}, for ${rule}`
  return [
    `${verdict}${title === '' ? '' : `: ${title}`}`,
    ...(permitted ? [] : [rule === 'none' ? '' : `nearest rule: ${rule}`, ...reasons.map((reason) => `  - ${reason}`)]),
    ...(purpose === undefined ? [] : [`purpose: ${purpose}`]),
    ...(grondslag === undefined ? [] : [`grondslag: ${grondslag}`]),
    ...(leftOut.length === 0 ? [] : [`left out of the answer: ${leftOut.join(', ')}`]),
    ...(consent === undefined ? [] : [consentInWords[consent]]),
    ...unknown.map((fact) => `would be asked of others: ${fact}`),
  ].filter((line) => line !== '')
}
