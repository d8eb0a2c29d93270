import { NodeError } from '../../kernel/errors.js'

/** A compiled path: what it finds in a value, in document order. Absent members find nothing. */
export type Path = (value: unknown) => readonly unknown[]

type Step = { readonly member: string } | { readonly index: number } | 'all'

const stepPattern = /^(?:\.([A-Za-z_@][A-Za-z0-9_@-]*)|\['([^'\\]{1,128})'\]|\[(\d{1,4})\]|\[\*\])/
const maxSteps = 16

/**
 * Compiles the JSONPath subset of the field: `$`, `.name`, `['name']`, `[0]`, `[*]`.
 *
 * The compiled path is total: no value makes it throw. It finds own members only.
 * @throws `presentation.definition_unsupported` for anything else, such as `..`, slices and filters
 */
export function compilePath(text: string): Path {
  const steps = parseSteps(text)
  return (value) => {
    let found: unknown[] = [value]
    for (const step of steps) found = found.flatMap((item) => take(item, step))
    return found
  }
}

function parseSteps(text: string): readonly Step[] {
  const steps: Step[] = []
  if (!text.startsWith('$')) throw unsupported(text)
  let rest = text.slice(1)
  while (rest !== '') {
    const match = stepPattern.exec(rest)
    if (match === null || steps.length === maxSteps) throw unsupported(text)
    const member = match[1] ?? match[2]
    if (member !== undefined) steps.push({ member })
    else steps.push(match[3] === undefined ? 'all' : { index: Number(match[3]) })
    rest = rest.slice(match[0].length)
  }
  return steps
}

function take(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (step === 'all') return Array.isArray(value) ? value : []
  if ('index' in step) return Array.isArray(value) && step.index < value.length ? [value[step.index]] : []
  if (Array.isArray(value) || !Object.hasOwn(value, step.member)) return []
  // An own member of an object; the type of its value stays unknown.
  return [(value as Record<string, unknown>)[step.member]]
}

function unsupported(text: string): NodeError {
  return new NodeError('presentation.definition_unsupported', {
    notes: [`path is outside the supported subset: ${text.slice(0, 64)}`],
  })
}
