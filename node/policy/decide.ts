import type { AskConsent, ConsentAnswer } from './consent.js'
import type { Decision, EstablishedFact, RuleOutcome } from './decision.js'
import { NodeError } from '../kernel/errors.js'
import type { AskFact, Fact } from './fact.js'
import { distanceOf, type Lack } from './lack.js'
import type { Pack } from './pack.js'
import type { AccessQuestion } from './question.js'
import type { Rule } from './rule.js'

/** Answers questions: as many decisions, in the same order. */
export type Decide = (questions: readonly AccessQuestion[]) => Promise<readonly Decision[]>

/**
 * Decides with the rules of the pack that guards the source. Only rules of a scope that was granted are weighed; the
 * first that permits decides; without one the answer is no. A rule that needs facts or consent comes after those that do
 * not. Facts are asked only when all else is there, and consent is looked for after them.
 */
export function createDecide(deps: {
  readonly packFor: (party: string, source: string) => Pack | undefined
  readonly askFact: AskFact
  /** Without it there is no consent. */
  readonly askConsent?: AskConsent
}): Decide {
  const { packFor, askFact, askConsent } = deps
  return (questions) =>
    Promise.all(
      questions.map(async (question) => {
        const pack = packFor(question.resource.party, question.resource.source)
        return decideWithFacts(question, pack, askFact, askConsent)
      }),
    )
}

/** Decides one question with one pack, asking the facts and the consent that its rules need. */
export function decideWithFacts(
  question: AccessQuestion,
  pack: Pack | undefined,
  askFact: AskFact,
  askConsent: AskConsent = noConsent,
): Decision | Promise<Decision> {
  const { weighed, permitting, waiting } = weighRules(question, pack)
  if (permitting !== undefined) return permit(permitting.rule, permitting.outcome, weighed)
  return waiting.length === 0 ? refuse(weighed) : decideByFacts(question, weighed, waiting, { askFact, askConsent })
}

const noConsent: AskConsent = () => Promise.resolve({ given: false })

function unavailableFact(name: string): EstablishedFact {
  return { name, outcome: 'unavailable' }
}

interface Candidate {
  readonly rule: Rule
  readonly outcome: RuleOutcome
}

/**
 * Looks for a rule that permits, in order, and stops at one that needs neither facts nor consent. Only when there is none every rule is
 * weighed to the end, to say what is missing: those about this root field, or all when none is about it.
 */
function weighRules(question: AccessQuestion, pack: Pack | undefined) {
  const rules = (pack?.rules ?? []).filter(({ scope }) => question.context.scopes.includes(scope))
  const waiting: Candidate[] = []
  for (const rule of rules) {
    const outcome = rule.concerns(question) ? rule.permits(question) : undefined
    if (outcome === undefined) continue
    if (rule.facts.length === 0 && rule.consent === undefined)
      return { weighed: [outcome], permitting: { rule, outcome }, waiting }
    waiting.push({ rule, outcome })
  }
  const about = rules.filter(({ operation }) => operation === question.resource.operation)
  const weighed = (about.length > 0 ? about : rules).map((rule) => rule.weigh(question))
  return { weighed, permitting: undefined, waiting }
}

async function decideByFacts(
  question: AccessQuestion,
  weighed: readonly RuleOutcome[],
  waiting: readonly Candidate[],
  { askFact, askConsent }: { readonly askFact: AskFact; readonly askConsent: AskConsent },
): Promise<Decision> {
  const outcomes = new Map(weighed.map((outcome) => [outcome.rule, outcome]))
  const facts: EstablishedFact[] = []
  const unknown = new Set<string>()
  let consent: ConsentAnswer | undefined
  const found = () => ({ ...(facts.length === 0 ? {} : { facts }), ...(consent === undefined ? {} : { consent }) })
  for (const { rule, outcome } of waiting) {
    const established = await establish(question, rule.facts, askFact)
    facts.push(...established)
    const failing = established.find((fact) => fact.outcome !== 'true')
    if (failing !== undefined) {
      outcomes.set(rule.name, lackingFact(rule.name, failing))
      if (failing.outcome === 'unavailable') unknown.add(rule.name)
      continue
    }
    if (rule.consent === undefined) return { ...permit(rule, outcome, weighed), ...found() }
    const asked = rule.consent.ask(question)
    consent = asked === undefined ? { given: false } : await askConsent(asked)
    if (consent.given) return { ...permit(rule, outcome, weighed), ...found() }
    outcomes.set(rule.name, lackingConsent(rule.name))
  }
  const retry = facts.some(({ outcome }) => outcome === 'unavailable')
  const all = [...outcomes.values()]
  const decided = retry ? all.filter(({ rule }) => unknown.has(rule)) : all
  return { ...refuse(decided), weighed: all, ...found(), ...(retry ? { retry } : {}) }
}

/** The facts of one rule, until one does not hold. */
async function establish(
  question: AccessQuestion,
  facts: readonly Fact[],
  askFact: AskFact,
): Promise<readonly EstablishedFact[]> {
  const established: EstablishedFact[] = []
  for (const fact of facts) {
    const found = await askOne(question, fact, askFact)
    established.push(found)
    if (found.outcome !== 'true') break
  }
  return established
}

async function askOne(question: AccessQuestion, fact: Fact, askFact: AskFact): Promise<EstablishedFact> {
  const { name } = fact
  const asked = fact.ask(question)
  if (asked === undefined) return { name, outcome: 'false' }
  try {
    const { holds, source } = await askFact(asked)
    return { name, outcome: holds ? 'true' : 'false', source }
  } catch (cause) {
    // Whatever went wrong, there is no yes.
    if (NodeError.codeOf(cause) === 'audit.unavailable') throw cause
    return unavailableFact(name)
  }
}

function lackingFact(rule: string, { name, outcome }: EstablishedFact): RuleOutcome {
  const text =
    outcome === 'unavailable'
      ? `feit: it cannot be established at the moment: ${name}; try again`
      : `feit: it is not established: ${name}`
  const lacks: readonly Lack[] = [{ kind: 'fact', text }]
  return { rule, permitted: false, reasons: [text], lacks }
}

/** The same where nothing was said and where it was forbidden: that somebody objects is not for those who ask. */
function lackingConsent(rule: string): RuleOutcome {
  const text = 'toestemming: the person has given no consent to this that holds today'
  const lacks: readonly Lack[] = [{ kind: 'consent', text }]
  return { rule, permitted: false, reasons: [text], lacks }
}

function permit(rule: Rule, { narrowing }: RuleOutcome, weighed: readonly RuleOutcome[]): Decision {
  return {
    permitted: true,
    rule: rule.name,
    reasons: [],
    purpose: rule.purpose,
    grondslag: rule.grondslag,
    weighed,
    ...(narrowing === undefined ? {} : { narrowing }),
  }
}

function refuse(weighed: readonly RuleOutcome[]): Decision {
  const nearest = [...weighed].sort((a, b) => distanceOf(a.lacks) - distanceOf(b.lacks))[0]
  return {
    permitted: false,
    rule: nearest?.rule ?? 'none',
    reasons: nearest?.reasons ?? ['no rule applies to the scopes of your token'],
    purpose: undefined,
    grondslag: undefined,
    weighed,
  }
}
