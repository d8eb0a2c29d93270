import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parse } from 'csv-parse'
import { z } from 'zod'
import { CommandFailure } from './command.js'
import { exitStatus } from './exit-status.js'
import { readJson } from './input.js'

/** A row to import, with its place in the file. */
export interface FileRow {
  /** From 1: the line of a table or of JSON Lines; for JSON `Type[0]`. */
  readonly place: string
  readonly row:
    | { readonly type: string; readonly record: unknown }
    | { readonly type: string; readonly cells: Readonly<Record<string, string>> }
}

export interface RowsRequest {
  readonly file: string
  readonly format: 'csv' | 'json' | 'jsonl'
  /** Of a table, which has records of one type. */
  readonly type: string | undefined
  readonly delimiter: string
  /** The types of the register, in an order in which records can be written. */
  readonly types: readonly { readonly type: string; readonly root?: string | undefined }[]
}

/** A line of an export, or of a file like one. */
const lineSchema = z.union([
  z.object({ end: z.literal(true) }),
  z.object({ type: z.string(), record: z.record(z.string(), z.unknown()) }),
])

/**
 * The rows of a file, one by one: CSV and JSON Lines of any size are not held in memory.
 * @throws `CommandFailure` for a file that cannot be read, naming the line and never what stands there
 */
export function readRows(request: RowsRequest): AsyncIterable<FileRow> {
  if (request.format === 'csv') return readTable(request)
  return request.format === 'json' ? readObject(request) : readLines(request)
}

async function* readTable({ file, type, delimiter }: RowsRequest): AsyncGenerator<FileRow> {
  if (type === undefined) throw new CommandFailure(exitStatus.usage, ['--type: a table needs the type of its records'])
  const table = createReadStream(file).pipe(
    parse({ bom: true, columns: true, delimiter, info: true, skip_empty_lines: true, trim: true }),
  )
  try {
    for await (const item of table) {
      // The shape that csv-parse gives with `columns` and `info`.
      const { record, info } = item as { record: Record<string, string>; info: { lines: number } }
      yield { place: String(info.lines), row: { type, cells: record } }
    }
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

async function* readLines({ file }: RowsRequest): AsyncGenerator<FileRow> {
  let line = 0
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line += 1
      if (text.trim() === '') continue
      const value: unknown = JSON.parse(text)
      const parsed = lineSchema.safeParse(value)
      if (!parsed.success)
        throw new CommandFailure(exitStatus.usage, [`${file} (line ${String(line)}): expected type and record`])
      // The last line of an export says that it is whole.
      if ('end' in parsed.data) continue
      const { type, record } = parsed.data
      yield { place: String(line), row: { type, record } }
    }
  } catch (cause) {
    throw unreadable(`${file} (line ${String(line)})`, cause)
  }
}

async function* readObject({ file, types }: RowsRequest): AsyncGenerator<FileRow> {
  const value: unknown = await readJson(file, 'FILE')
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CommandFailure(exitStatus.usage, [`${file}: expected an object with a list of records by type`])
  const lists = new Map(Object.entries(value))
  const known = types.flatMap(({ type, root }) => [type, ...(root === undefined ? [] : [root])])
  const unknown = [...lists.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new CommandFailure(exitStatus.usage, [`${file}: the register has no type ${unknown}`])
  for (const name of known) {
    const list: unknown = lists.get(name) ?? []
    if (!Array.isArray(list)) throw new CommandFailure(exitStatus.usage, [`${file}: ${name} is not a list`])
    for (const [at, record] of list.entries()) {
      yield { place: `${name}[${String(at)}]`, row: { type: name, record: record as unknown } }
    }
  }
}

function unreadable(what: string, cause: unknown): CommandFailure {
  if (cause instanceof CommandFailure) return cause
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new CommandFailure(exitStatus.usage, [`${what} cannot be read${code}`])
}
