import { createReadStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { auditKeyFileIn, checkpointFileIn, readCheckpointFile } from '../audit/checkpoint-file.js'
import type { JournalLine, UnreadableLine } from '../audit/verify.js'
import { systemCodeOf } from '../kernel/errors.js'
import { salvageJournal } from '../stores/level-salvage.js'
import { CommandFailure } from './command.js'
import { exitStatus } from './exit-status.js'
import { streamFrom, type CallNode, type NodePlace } from './node-client.js'

/** A journal to verify, and what was found beside it. */
export interface AuditSource {
  /** Said by the source; what it starts from counts only when something signed says the same. */
  readonly start: { readonly number: number; readonly hash: string } | undefined
  readonly lines: AsyncIterable<readonly (JournalLine | UnreadableLine)[]>
  /** Compact, not verified yet. */
  readonly checkpoints: readonly string[]
  /** The key that was beside it, as text. */
  readonly key: string | undefined
  /** What the reader of the verdict should know. */
  readonly notes: readonly string[]
  /** Not the whole chain, but entries that were selected from it. */
  readonly isSelection: boolean
  /** Whether it was all there; known after the lines were read. */
  readonly isWhole: () => boolean
}

const pointSchema = z.object({ number: z.int().min(0), hash: z.string() })
const headerSchema = z.object({
  journal: z.object({ complete: z.boolean(), start: pointSchema, checkpoint: z.string().optional() }),
})
const lineSchema = z.object({ number: z.int(), hash: z.string(), value: z.unknown() })
const pageSize = 500
const gzipMagic = Buffer.of(0x1f, 0x8b)

/** An export in a file, also one that was compressed with gzip. @throws `CommandFailure` */
export async function openExport(path: string): Promise<AuditSource> {
  const start = await readStart(path)
  const file = createReadStream(path)
  const text = start.equals(gzipMagic) ? file.pipe(createGunzip()) : file
  return readLines(createInterface({ input: text, crlfDelay: Infinity }))
}

/** What a node that runs has in its journal now. */
export async function openNodeJournal(place: NodePlace, call: CallNode): Promise<AuditSource> {
  const { checkpoints } = z
    .object({ checkpoints: z.array(z.string()) })
    .parse((await call({ method: 'GET', path: '/internal/bronnet/v1/audit/checkpoints' })).body)
  const key = JSON.stringify((await call({ method: 'GET', path: '/internal/bronnet/v1/audit/key' })).body)
  const parts = streamFrom(place, { method: 'POST', path: '/internal/bronnet/v1/audit/export', body: {} })
  const source = await readLines(splitLines(parts))
  return { ...source, checkpoints: [...checkpoints, ...source.checkpoints], key }
}

/** The data directory of a node that is stopped: nothing in it is changed. */
export async function openDataDirectory(directory: string): Promise<AuditSource> {
  const beside = join(directory, 'checkpoints')
  const journal = await salvageJournal(join(directory, 'store'))
  const { checkpoints, badLines } = await readCheckpointFile(checkpointFileIn(beside))
  const notes = [...journal.damage, ...badLines.map((line) => `line ${String(line)} of the checkpoints is damaged`)]
  return {
    start: journal.start,
    lines: parseTexts(journal.entries),
    checkpoints,
    key: await readFile(auditKeyFileIn(beside), 'utf8').catch(() => undefined),
    notes,
    isSelection: false,
    isWhole: () => badLines.length === 0,
  }
}

type TextEntry = { readonly number: number; readonly hash: string; readonly text: string } | UnreadableLine

async function* parseTexts(
  pages: AsyncIterable<readonly TextEntry[]>,
): AsyncGenerator<readonly (JournalLine | UnreadableLine)[]> {
  for await (const page of pages) {
    yield page.map((entry) => {
      if ('unreadable' in entry) return entry
      const value = parseJson(entry.text)
      return value === undefined
        ? { number: entry.number, unreadable: 'it is not JSON' }
        : { number: entry.number, hash: entry.hash, value }
    })
  }
}

async function readLines(lines: AsyncIterable<string>): Promise<AuditSource> {
  const iterator = lines[Symbol.asyncIterator]()
  const first = parseJson(await nextLine(iterator))
  const header = headerSchema.safeParse(first).data?.journal
  let ended = false

  async function* read(): AsyncGenerator<readonly (JournalLine | UnreadableLine)[]> {
    let page: (JournalLine | UnreadableLine)[] = header === undefined ? [toLine(first)] : []
    for (let text = await nextLine(iterator); text !== undefined; text = await nextLine(iterator)) {
      const value = parseJson(text)
      ended = typeof value === 'object' && value !== null && 'end' in value
      if (ended) continue
      page.push(toLine(value))
      if (page.length < pageSize) continue
      yield page
      page = []
    }
    yield page
  }

  return {
    start: header?.start,
    lines: read(),
    checkpoints: header?.checkpoint === undefined ? [] : [header.checkpoint],
    key: undefined,
    notes: [],
    isSelection: header?.complete === false,
    isWhole: () => ended,
  }
}

async function nextLine(iterator: AsyncIterator<string, unknown>): Promise<string | undefined> {
  try {
    const next = await iterator.next()
    return next.done === true ? undefined : next.value
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause
    const reason = systemCodeOf(cause) ?? 'unknown'
    throw new CommandFailure(exitStatus.unavailable, [`the journal cannot be read (${reason})`])
  }
}

/** A number that no line has: what it stands for is the next one. */
const nextNumber = Number.MAX_SAFE_INTEGER

function toLine(value: unknown): JournalLine | UnreadableLine {
  const parsed = lineSchema.safeParse(value)
  return parsed.success ? parsed.data : { number: nextNumber, unreadable: 'the line holds no entry' }
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    // Fits no line.
    return undefined
  }
}

async function* splitLines(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const part of parts) {
    const lines = `${rest}${part}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

async function readStart(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r')
    try {
      const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
      return buffer
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new CommandFailure(exitStatus.unavailable, [`${path}: cannot be read (${systemCodeOf(cause) ?? 'unknown'})`])
  }
}
