import type { Narrowing } from '../policy/decision.js'
import type { Condition, Reading } from '../policy/question.js'

/** What of a request is read and may leave. */
export interface NarrowedReading {
  /** What the records of the root must meet: the request's own conditions and those of the permit. */
  readonly where: Condition | undefined
  /** True for a selected path that does not leave, nor anything below it. */
  readonly isWithheld: (path: string) => boolean
  /** The selected paths that do not leave, without those below another one; empty when all may leave. */
  readonly withheld: readonly string[]
  /** True when the permit has conditions of its own, so that there may be more records than come back. */
  readonly isNarrowed: boolean
}

/**
 * Works out what may leave of `request` under `narrowing`. What leads to a path that may leave, may leave too, as far as
 * it holds that path.
 */
export function narrowReading(
  request: Pick<Reading, 'where' | 'paths'>,
  narrowing: Narrowing | undefined,
): NarrowedReading {
  const conditions = narrowing?.where ?? []
  const where = joinConditions(request.where, conditions)
  const open = narrowing?.paths
  if (open === undefined) return { where, isWithheld: () => false, withheld: [], isNarrowed: conditions.length > 0 }
  const leaving = new Set(open.flatMap((path) => waysTo(path)))
  const hidden = request.paths.filter((path) => !leaving.has(path))
  const withheld = hidden.filter((path) => !hidden.some((other) => path.startsWith(`${other}.`)))
  return { where, isWithheld: (path) => !leaving.has(path), withheld, isNarrowed: conditions.length > 0 }
}

function joinConditions(own: Condition | undefined, conditions: readonly Condition[]): Condition | undefined {
  if (conditions.length === 0) return own
  return { kind: 'and', of: own === undefined ? conditions : [own, ...conditions] }
}

/** `a`, `a.b` and `a.b.c` for `a.b.c`. */
function waysTo(path: string): readonly string[] {
  const parts = path.split('.')
  return parts.map((_part, at) => parts.slice(0, at + 1).join('.'))
}
