import { NodeError } from '../../kernel/errors.js'

/**
 * A compiled path: the value that it points at, or `undefined` when there is none; `null` counts as none.
 *
 * A path that can point at several values, such as `$.a[*]`, yields the list of those that are there.
 */
export type Path = (value: unknown) => unknown

/** What one step takes of one value: one that is there or `undefined`, or several. */
type Step =
  | { readonly one: (value: unknown) => unknown; readonly several?: never }
  | { readonly several: (value: unknown) => readonly unknown[] }

const name = '[A-Za-z_@][A-Za-z0-9_@-]*'
const quoted = `'[^'\\\\]{1,128}'|"[^"\\\\]{1,128}"`
const memberPattern = new RegExp(`^(?:\\.(${name})|\\[(${quoted})\\])`)
const membersPattern = new RegExp(`^\\[((?:${quoted})(?:, ?(?:${quoted})){1,15})\\]`)
const indexesPattern = /^\[(\d{1,4}(?:, ?\d{1,4}){0,15})\]/
const slicePattern = /^\[(-?\d{1,4})?:(-?\d{1,4})?(?::([1-9]\d{0,3}))?\]/
const allPattern = /^(?:\[\*\]|\.\*)/
const descendPattern = /^\.\.(?=[A-Za-z_@*[])/
const maxSteps = 16

/**
 * Compiles the JSONPath subset of the field: `$`, `.name`, `['name']`, `[0]`, `[*]`, `.*`, `[0,1]`, `['a','b']`,
 * `[0:2]` and, once, `..`.
 *
 * The compiled path is total: no value makes it throw, it finds own members only, and it finds each place of a value at
 * most once, so that its time is in proportion to the size of the value.
 * @throws `presentation.definition_unsupported` for anything else, such as `$..a..b`, filters and scripts
 * @see RFC 9535 for the words; nuts-node v6: several values count as one list
 */
export function compilePath(text: string): Path {
  const steps = parseSteps(text)
  const single = steps.flatMap((step) => (step.several === undefined ? [step.one] : []))
  if (single.length === steps.length) {
    return (value) => {
      let found = value
      for (const take of single) found = take(found)
      return found ?? undefined
    }
  }
  return (value) => {
    let found: readonly unknown[] = [value]
    for (const step of steps) {
      const next = step.several === undefined ? found.map(step.one) : found.flatMap(step.several)
      // At each step: what finds nothing would go on as several nothings, and those as many more.
      found = next.filter(isPresent)
    }
    return found.length === 0 ? undefined : found
  }
}

function parseSteps(text: string): readonly Step[] {
  const steps: Step[] = []
  let descends = false
  let rest = text.slice(1)
  if (!text.startsWith('$')) throw unsupported(text)
  const accept = (pattern: RegExp): RegExpExecArray | undefined => {
    const match = pattern.exec(rest) ?? undefined
    if (match !== undefined) rest = rest.slice(match[0].length)
    return match
  }
  while (rest !== '') {
    if (accept(descendPattern) !== undefined) {
      if (descends) throw unsupported(text)
      descends = true
      steps.push({ several: listDescendants })
      // `..name` is written without a second point.
      if (!rest.startsWith('[')) rest = `.${rest}`
    }
    const step = parseStep(accept)
    if (step === undefined || steps.length >= maxSteps) throw unsupported(text)
    steps.push(step)
  }
  return steps
}

function parseStep(accept: (pattern: RegExp) => RegExpExecArray | undefined): Step | undefined {
  const member = accept(memberPattern)
  if (member !== undefined) {
    const [, plain, inQuotes = ''] = member
    const key = plain ?? inQuotes.slice(1, -1)
    return { one: (value) => takeMember(value, key) }
  }
  const members = accept(membersPattern)?.[1]
  if (members !== undefined) {
    const keys = distinct(Array.from(members.matchAll(new RegExp(quoted, 'g')), ([key]) => key.slice(1, -1)))
    return { several: (value) => keys.map((key) => takeMember(value, key)) }
  }
  const indexes = accept(indexesPattern)?.[1]
  if (indexes !== undefined) {
    const numbers = distinct(indexes.split(',').map(Number))
    const [first = 0] = numbers
    return indexes.includes(',')
      ? { several: (value) => numbers.map((index) => takeElement(value, index)) }
      : { one: (value) => takeElement(value, first) }
  }
  const slice = accept(slicePattern)
  if (slice !== undefined) {
    const [, start = '0', end = 'Infinity', stride = '1'] = slice
    return { several: (value) => takeSlice(value, Number(start), Number(end), Number(stride)) }
  }
  return accept(allPattern) === undefined ? undefined : { several: listChildren }
}

function isPresent(value: unknown): boolean {
  return value !== null && value !== undefined
}

function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function takeMember(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function takeElement(value: unknown, index: number): unknown {
  if (!Array.isArray(value)) return undefined
  const elements: readonly unknown[] = value
  return elements[index]
}

function takeSlice(value: unknown, start: number, end: number, stride: number): readonly unknown[] {
  if (!Array.isArray(value)) return []
  const items: readonly unknown[] = value.slice(start, end)
  return stride === 1 ? items : items.filter((_, index) => index % stride === 0)
}

function listChildren(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isObject(value) ? Object.values(value) : []
}

/** The value itself and everything in it, in document order. Without recursion: a value can be deep. */
function listDescendants(value: unknown): readonly unknown[] {
  const found: unknown[] = []
  const waiting = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    found.push(next)
    for (const child of listChildren(next).toReversed()) waiting.push(child)
  }
  return found
}

function unsupported(text: string): NodeError {
  return new NodeError('presentation.definition_unsupported', {
    notes: [`path is outside the supported subset: ${text.slice(0, 64)}`],
  })
}
