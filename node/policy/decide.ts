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
 * first that permits decides; without one the answer is no. A rule that needs facts comes after those that do not, and
 * its facts are asked only when all else is there.
 */
export function createDecide(deps: {
  readonly packFor: (party: string, source: string) => Pack | undefined
  readonly askFact?: AskFact
}): Decide {
  const { packFor, askFact } = deps
  return (questions) =>
    Promise.all(
      questions.map(async (question) => {
        const pack = packFor(question.resource.party, question.resource.source)
        return askFact === undefined ? decideOne(question, pack) : decideWithFacts(question, pack, askFact)
      }),
    )
}

/** Decides one question with one pack, asking the facts that its rules need. */
export function decideWithFacts(
  question: AccessQuestion,
  pack: Pack | undefined,
  askFact: AskFact,
): Decision | Promise<Decision> {
  const { weighed, permitting, waiting } = weighRules(question, pack)
  if (permitting !== undefined) return permit(permitting.rule, permitting.outcome, weighed)
  return waiting.length === 0 ? refuse(weighed) : decideByFacts(question, weighed, waiting, askFact)
}

/** Decides one question with one pack where no fact can be asked: a rule that needs one does not permit. */
export function decideOne(question: AccessQuestion, pack: Pack | undefined): Decision {
  const { weighed, permitting, waiting } = weighRules(question, pack)
  if (permitting !== undefined) return permit(permitting.rule, permitting.outcome, weighed)
  const facts = waiting.flatMap(({ rule }) => rule.facts.slice(0, 1).map(({ name }) => unavailableFact(name)))
  const outcomes = weighed.map((outcome) => {
    const fact = waiting.find(({ rule }) => rule.name === outcome.rule)?.rule.facts[0]
    return fact === undefined ? outcome : lackingFact(outcome.rule, unavailableFact(fact.name))
  })
  if (facts.length === 0) return refuse(outcomes)
  const unknown = outcomes.filter(({ rule }) => waiting.some((each) => each.rule.name === rule))
  return { ...refuse(unknown), weighed: outcomes, facts, retry: true }
}

function unavailableFact(name: string): EstablishedFact {
  return { name, outcome: 'unavailable' }
}

interface Candidate {
  readonly rule: Rule
  readonly outcome: RuleOutcome
}

/**
 * Looks for a rule that permits, in order, and stops at one that needs no facts. Only when there is none every rule is
 * weighed to the end, to say what is missing: those about this root field, or all when none is about it.
 */
function weighRules(question: AccessQuestion, pack: Pack | undefined) {
  const rules = (pack?.rules ?? []).filter(({ scope }) => question.context.scopes.includes(scope))
  const waiting: Candidate[] = []
  for (const rule of rules) {
    const outcome = rule.concerns(question) ? rule.permits(question) : undefined
    if (outcome === undefined) continue
    if (rule.facts.length === 0) return { weighed: [outcome], permitting: { rule, outcome }, waiting }
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
  askFact: AskFact,
): Promise<Decision> {
  const outcomes = new Map(weighed.map((outcome) => [outcome.rule, outcome]))
  const facts: EstablishedFact[] = []
  const unknown = new Set<string>()
  for (const { rule, outcome } of waiting) {
    const established = await establish(question, rule.facts, askFact)
    facts.push(...established)
    const failing = established.find((fact) => fact.outcome !== 'true')
    if (failing === undefined) return { ...permit(rule, outcome, weighed), facts }
    outcomes.set(rule.name, lackingFact(rule.name, failing))
    if (failing.outcome === 'unavailable') unknown.add(rule.name)
  }
  const retry = facts.some(({ outcome }) => outcome === 'unavailable')
  const all = [...outcomes.values()]
  const decided = retry ? all.filter(({ rule }) => unknown.has(rule)) : all
  return { ...refuse(decided), weighed: all, facts, ...(retry ? { retry } : {}) }
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
