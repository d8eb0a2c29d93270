import type { Decision, RuleOutcome } from './decision.js'
import type { Pack } from './pack.js'
import type { AccessQuestion } from './question.js'

/** Answers questions: as many decisions, in the same order. */
export type Decide = (questions: readonly AccessQuestion[]) => Promise<readonly Decision[]>

/**
 * Decides with the rules of the pack that guards the source. Only rules of a scope that was granted are weighed; the
 * first that permits decides; without one the answer is no.
 */
export function createDecide(deps: { readonly packFor: (party: string, source: string) => Pack | undefined }): Decide {
  return (questions) =>
    Promise.resolve(
      questions.map((question) => decideOne(question, deps.packFor(question.resource.party, question.resource.source))),
    )
}

/** Decides one question with one pack. */
export function decideOne(question: AccessQuestion, pack: Pack | undefined): Decision {
  const weighed: RuleOutcome[] = []
  for (const rule of pack?.rules ?? []) {
    if (!question.context.scopes.includes(rule.scope)) continue
    const outcome = rule.weigh(question)
    weighed.push(outcome)
    if (outcome.permitted) {
      return {
        permitted: true,
        rule: rule.name,
        reasons: [],
        purpose: rule.purpose,
        grondslag: rule.grondslag,
        weighed,
      }
    }
  }
  const nearest = [...weighed].sort((a, b) => a.reasons.length - b.reasons.length)[0]
  return {
    permitted: false,
    rule: nearest?.rule ?? 'none',
    reasons: nearest?.reasons ?? ['no rule applies to the scopes of your token'],
    purpose: undefined,
    grondslag: undefined,
    weighed,
  }
}
