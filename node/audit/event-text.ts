import { z } from 'zod'
import { auditRecordSchema } from '../../schemas/audit-event.js'
import { NodeError } from '../kernel/errors.js'
import { mayHoldBsnShaped, redactBsnShaped } from '../kernel/identifiers.js'
import { toCanonical } from './canonical.js'

/** A record of the journal before it is written. */
export type AuditRecord = z.input<typeof auditRecordSchema>

/**
 * The canonical JSON of a record, in which every text has lost what has the form of a BSN.
 *
 * Writers are made from the schema once, so that names need no sorting and nothing is copied for each event: half the
 * cost of `JSON.stringify` on a sorted copy, which it equals. Members that the schema does not know are not written; its
 * type keeps them out.
 * @throws `internal.fault` for what JSON cannot hold
 * @see RFC 8785
 */
export function toEventText(record: AuditRecord): string {
  const text = writeRecord(record)
  return mayHoldBsnShaped(text) ? JSON.stringify(toCanonical(record, redactBsnShaped)) : text
}

type Write = (value: unknown) => string

const writeRecord = compile(auditRecordSchema)

/** A function that writes values of `schema` as canonical JSON. */
function compile(schema: z.core.$ZodType): Write {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly) return compile(schema.def.innerType)
  if (schema instanceof z.ZodObject) return compileObject(schema)
  if (schema instanceof z.ZodArray) {
    const write = compile(schema.element)
    return write === writePrimitive ? writeTexts : compileArray(write)
  }
  if (schema instanceof z.ZodRecord) return (value) => JSON.stringify(toCanonical(value))
  return writePrimitive
}

function compileObject({ shape }: { readonly shape: Readonly<Record<string, z.core.$ZodType>> }): Write {
  const members = Object.entries(shape)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => ({ name, prefix: `${JSON.stringify(name)}:`, write: compile(member) }))
  return (value) => {
    let text = ''
    for (const { name, prefix, write } of members) {
      // The schema's type says that it is an object with these members.
      const member = (value as Readonly<Record<string, unknown>>)[name]
      if (member !== undefined) text += `${text === '' ? '' : ','}${prefix}${write(member)}`
    }
    return `{${text}}`
  }
}

function compileArray(write: Write): Write {
  // The schema's type says that it is an array.
  return (value) => `[${(value as readonly unknown[]).map(write).join(',')}]`
}

const writeAll = compileArray(writePrimitive)
const writtenTexts = new WeakMap<object, string>()

/**
 * Of a list that nobody can change any more the text is kept as long as the list: the fields of a question belong to its
 * cached document and are most of what the two events of a read say.
 */
function writeTexts(value: unknown): string {
  if (!Object.isFrozen(value)) return writeAll(value)
  const list = value as object // The schema's type says that it is an array.
  const known = writtenTexts.get(list)
  if (known !== undefined) return known
  const text = writeAll(list)
  writtenTexts.set(list, text)
  return text
}

/** Needs no escapes. */
const plainPattern = /^[ !#-[\]-~]*$/

function writePrimitive(value: unknown): string {
  if (typeof value === 'string') return plainPattern.test(value) ? `"${value}"` : JSON.stringify(value)
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value)
  throw new NodeError('internal.fault', { detail: 'an event holds what JSON cannot hold' })
}
