import { NodeError } from '../../kernel/errors.js'
import type { PresentationDefinitionData, SubmissionRequirementData } from '../../../schemas/presentation-exchange.js'

/** What a requirement makes of the descriptors that something fits. */
export interface RequirementOutcome {
  /** The ids of the descriptors that are to be answered, in their order; meaningless when something is missing. */
  readonly taken: readonly string[]
  /** In words, per requirement that is not fulfilled. */
  readonly missing: readonly string[]
}

/** Which descriptors are to be answered, given the ids of those that something fits. Total. */
export type Requirement = (fitting: ReadonlySet<string>) => RequirementOutcome

const maxDepth = 8
const maxRequirements = 64

/**
 * Compiles which descriptors must be answered: without submission requirements, all of them.
 *
 * `pick` takes the first `count` that can be answered, or as many as can up to `max`, and refuses when there are fewer
 * than `count` or `min`.
 * @throws `presentation.definition_unsupported` for a group that no descriptor is in, a descriptor that no requirement
 *   can reach, requirements that nothing at all fulfils, a requirement with both or neither of `from` and `from_nested`, numbers that contradict each other, and
 *   requirements nested deeper than 8 or more than 64
 * @see DIF Presentation Exchange 2.0, submission requirement feature; nuts-node v6 for what is taken
 */
export function compileRequirements(data: PresentationDefinitionData): Requirement {
  const { input_descriptors: descriptors, submission_requirements: requirements } = data
  if (requirements === undefined) return compileAll(descriptors.map(({ id }) => id))
  checkSize(requirements)
  const reached = new Set<string>()
  const idsOf = (group: string): readonly string[] => {
    const ids = descriptors.filter((descriptor) => descriptor.group?.includes(group) === true).map(({ id }) => id)
    if (ids.length === 0) throw unsupported(`no descriptor is in the group ${group} of a submission requirement`)
    ids.forEach((id) => reached.add(id))
    return ids
  }
  const compiled = requirements.map((requirement) => compileRequirement(requirement, idsOf))
  const unreached = descriptors.find(({ id }) => !reached.has(id))
  if (unreached !== undefined) throw unsupported(`no submission requirement asks for the descriptor ${unreached.id}`)
  const order = descriptors.map(({ id }) => id)
  const requirement: Requirement = (fitting) => {
    const outcomes = compiled.map((requirement) => requirement(fitting))
    const taken = new Set(outcomes.flatMap((outcome) => outcome.taken))
    return {
      taken: order.filter((id) => taken.has(id)),
      missing: outcomes.flatMap(({ missing }) => missing),
    }
  }
  if (requirement(new Set()).missing.length === 0) throw unsupported('the submission requirements ask for nothing')
  return requirement
}

function compileAll(ids: readonly string[]): Requirement {
  return (fitting) => ({ taken: ids, missing: ids.filter((id) => !fitting.has(id)) })
}

/** Something that a requirement counts: a descriptor, or a requirement inside it. */
interface Option {
  readonly name: string
  readonly choose: Requirement
}

function compileRequirement(
  requirement: SubmissionRequirementData,
  idsOf: (group: string) => readonly string[],
): Requirement {
  const { from, from_nested: nested } = requirement
  if ((from === undefined) === (nested === undefined)) {
    throw unsupported('a submission requirement has either from or from_nested')
  }
  const inside = (nested ?? []).map((inner, index) => ({
    name: inner.name ?? inner.from ?? `requirement ${String(index + 1)}`,
    choose: compileRequirement(inner, idsOf),
  }))
  const descriptors = from === undefined ? [] : idsOf(from)
  const options: readonly Option[] = [...inside, ...descriptors.map((id) => ({ name: id, choose: compileAll([id]) }))]
  const { least, most } = boundsOf(requirement, options.length)
  const title = requirement.name ?? from ?? 'submission requirement'
  return (fitting) => {
    const outcomes = options.map(({ name, choose }) => ({ name, ...choose(fitting) }))
    const fulfilled = outcomes.filter(({ missing }) => missing.length === 0)
    const names = options.map(({ name }) => name).join(', ')
    return fulfilled.length < least
      ? { taken: [], missing: [`${title}: ${String(fulfilled.length)} of the ${String(least)} needed from ${names}`] }
      : { taken: fulfilled.slice(0, most).flatMap(({ taken }) => taken), missing: [] }
  }
}

function boundsOf(
  { rule, count, min, max }: SubmissionRequirementData,
  available: number,
): { readonly least: number; readonly most: number } {
  const numbers = [count, min, max].filter((number) => number !== undefined)
  if (rule === 'all') {
    if (numbers.length > 0) throw unsupported('a submission requirement with the rule all has no numbers')
    return { least: available, most: available }
  }
  if (numbers.length === 0) throw unsupported('a submission requirement with the rule pick has count, min or max')
  if (count !== undefined) {
    if (min !== undefined || max !== undefined)
      throw unsupported('a submission requirement has count, or min and max, not both')
    if (count > available) throw unsupported('a submission requirement asks for more than there is')
    return { least: count, most: count }
  }
  const [least, most] = [min ?? 0, max ?? available]
  if (least > most || least > available) throw unsupported('the numbers of a submission requirement contradict')
  return { least, most }
}

function checkSize(requirements: readonly SubmissionRequirementData[]): void {
  let number = 0
  const visit = (level: readonly SubmissionRequirementData[], depth: number): void => {
    number += level.length
    if (depth > maxDepth || number > maxRequirements) throw unsupported('the submission requirements are too large')
    for (const { from_nested: nested } of level) if (nested !== undefined) visit(nested, depth + 1)
  }
  visit(requirements, 1)
}

function unsupported(note: string): NodeError {
  return new NodeError('presentation.definition_unsupported', { notes: [note] })
}
