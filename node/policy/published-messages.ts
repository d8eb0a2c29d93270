import { readFileSync } from 'node:fs'
import {
  publishedCodes,
  publishedMessagesSchema,
  type PublishedCode,
  type PublishedMessages,
} from '../../schemas/published-messages.js'
import { NodeError } from '../kernel/errors.js'
import { packageFile } from '../kernel/package-root.js'
import { equalsAt } from './conditions.js'
import type { Denial } from './denied.js'
import type { Lack } from './lack.js'
import type { AccessQuestion } from './question.js'

/** A refusal in published words. */
export interface PublishedMessage {
  readonly code: PublishedCode
  readonly message: string
}

/** The published messages for what a request lacks, the gravest first; none for what nothing was published about. */
export type FindMessages = (denial: Denial) => readonly PublishedMessage[]

type Row = PublishedMessages[number]

/**
 * Reads the messages that are shipped with the node.
 * @throws `config.invalid` for a file that is not as its schema asks
 */
export function loadPublishedMessages(): PublishedMessages {
  const parsed = publishedMessagesSchema.safeParse(
    JSON.parse(readFileSync(packageFile('schemas', 'messages', 'iwlz.json'), 'utf8')),
  )
  if (parsed.success) return parsed.data
  throw new NodeError('config.invalid', { notes: parsed.error.issues.map(({ path }) => `messages: ${path.join('.')}`) })
}

/**
 * Compiles the messages for the rules about one register definition. Every lack is said by the first row that fits it;
 * what no row fits is `FORBIDDEN` in `otherwise`, as is a denial that says of nothing that it is lacking.
 */
export function compilePublishedMessages(data: PublishedMessages, schema: string, otherwise: string): FindMessages {
  const rows = data.filter((row) => row.schema === undefined || row.schema === schema)
  const refusal: PublishedMessage = { code: 'FORBIDDEN', message: otherwise }
  return ({ question, lacks }) => {
    if (lacks.length === 0) return [refusal]
    // Where no rule is about the operation, what the nearest one wants beside that says nothing.
    const unknown = lacks.filter(({ kind }) => kind === 'operation')
    const found = (unknown.length > 0 ? unknown : lacks).map((lack) => {
      const row = rows.find((each) => fits(each, question, lack))
      return row === undefined ? refusal : { code: row.code, message: fill(row.message, lack) }
    })
    const once = [...new Map(found.map((each) => [each.message, each])).values()]
    return once.sort((one, other) => publishedCodes.indexOf(one.code) - publishedCodes.indexOf(other.code))
  }
}

function fits(row: Row, { resource, requester }: AccessQuestion, lack: Lack): boolean {
  const { path = '' } = lack
  return (
    row.lack.includes(lack.kind) &&
    row.operation?.includes(resource.operation) !== false &&
    row.path?.includes(path) !== false &&
    (row.given === undefined || row.given === equalsAt(resource, path).length > 0) &&
    (row.own === undefined || lack.identifier !== undefined) &&
    row.provesNone?.includes(String(requester.claims['organization_id_type'])) !== true &&
    row.reads?.some((place) => resource.paths.some((read) => read === place || read.startsWith(`${place}.`))) !== false
  )
}

function fill(message: string, { path = '', identifier = '' }: Lack): string {
  return message.replace('{field}', path.slice(path.lastIndexOf('.') + 1)).replace('{identifier}', identifier)
}
