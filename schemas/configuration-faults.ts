import type { z } from 'zod'
import { configurationFields } from './configuration-fields.js'

/**
 * The faults of a configuration in words for an operator: where, what is wrong, what to write instead. Names settings
 * and never quotes a value, because a value can be a secret.
 *
 * @param variables the environment variables that settings came from, by path
 */
export function explainFaults(
  issues: readonly z.core.$ZodIssue[],
  variables: ReadonlyMap<string, string> = new Map(),
): readonly string[] {
  const ofAnotherKind = new Set<string>()
  return issues.flatMap((issue) => {
    const path = toPath(issue.path)
    // A list has a length too: what is said of a value of the wrong kind besides would only confuse.
    if (ofAnotherKind.has(path)) return []
    if (issue.code === 'invalid_type') ofAnotherKind.add(path)
    const variable = variables.get(issue.path.filter((part) => typeof part === 'string').join('.'))
    const where = variable === undefined ? path : `${path} (${variable})`
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${path === '' ? key : `${path}.${key}`}: there is no such setting`)
    }
    return [`${where === '' ? 'the configuration' : where}: ${explain(issue)}`]
  })
}

/** `parties[0].sources[1].name` */
function toPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('')
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' || issue.code === 'invalid_value') {
    if (issue.input === undefined) return withMeaning('is required', issue.path)
    if (issue.input === null) return 'is empty: take the line away, or give it a value'
  }
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`
    case 'too_small':
      if (issue.minimum === 1 && issue.origin !== 'number' && issue.origin !== 'int') return 'must not be empty'
      return `must be ${issue.inclusive === true ? 'at least' : 'more than'} ${sized(issue.minimum, issue.origin)}`
    case 'too_big':
      return `must be ${issue.inclusive === true ? 'at most' : 'less than'} ${sized(issue.maximum, issue.origin)}`
    case 'invalid_key':
      return `its name must be ${issue.issues[0]?.message ?? 'another'}`
    case 'invalid_format':
      return `must be ${formats[issue.format] ?? issue.message}`
    default:
      return issue.message
  }
}

const formats: Readonly<Record<string, string>> = {
  url: 'a URL that begins with http:// or https://',
  uuid: 'a UUID',
}

function sized(size: number | bigint, origin: string): string {
  return origin === 'string' ? `${size} characters long` : origin === 'array' ? `${size} items` : String(size)
}

function withMeaning(words: string, path: readonly PropertyKey[]): string {
  const name = path.map((part) => (typeof part === 'number' ? '[]' : `.${String(part)}`)).join('')
  const field = configurationFields.find((candidate) => `.${candidate.path}` === name)
  return field === undefined ? words : `${words}: ${field.description.replace(/; required$/, '')}`
}
