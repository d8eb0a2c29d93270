import type { lackKinds } from '../../schemas/published-messages.js'

/** One thing that a request does not have, so that a rule does not permit it. */
export interface Lack {
  readonly kind: (typeof lackKinds)[number]
  /**
   * A sentence for the requester. Says nothing that the requester did not send or prove itself, and holds no personal
   * data.
   */
  readonly text: string
  /** The place that it is about, where there is one. */
  readonly path?: string
  /** The kind of the requester's own identifier that was wanted. */
  readonly identifier?: string
}

/** No lack: one value for all, because it is what nearly every condition of a good request gives. */
export const nothing: readonly Lack[] = Object.freeze([])

/** How far each kind of lack is from a permit: who asks something else altogether is further away than who asks too late. */
const distances: Readonly<Record<Lack['kind'], number>> = {
  operation: 64,
  role: 32,
  identifier: 16,
  filter: 8,
  'own-filter': 8,
  read: 4,
  compare: 4,
  nested: 2,
  malformed: 1,
  window: 1,
  period: 1,
  grondslag: 1,
  // Further than one wrong filter: who gave a number did not mean the rule that looks for another one elsewhere.
  fact: 12,
  // Looked for when nothing else is lacking: nearer than a field too many of another rule.
  consent: 3,
}

/** How far a request is from what a rule permits: the nearest rule is the one that the requester must have meant. */
export function distanceOf(lacks: readonly Lack[]): number {
  return lacks.reduce((total, { kind }) => total + distances[kind], 0)
}
