import { verify, type KeyObject } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { encodeItem } from '../contents.js'
import type { Snapshot, StoredItem } from '../contents.js'
import type { Value } from '../contracts.js'
import { createTally } from '../tally.js'
import type { Tally, Totals } from '../tally.js'

/** What is sent and written at once. */
const partLength = 64 * 1024

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const point = z.strictObject({ number: z.int().min(0), hash })
const sum = z.strictObject({ count: z.int().min(0), sha256: hash })
const instant = z.int().min(0)
// What `Value` excludes is refused when it is stored.
const value = z.json() as z.ZodType<Value>

const headerSchema = z.strictObject({
  kind: z.literal('bronnet-backup'),
  version: z.literal(1),
  /** The name of the node, or the URL of its store. */
  node: z.string(),
  time: z.iso.datetime(),
  start: point,
  head: point,
})

const itemSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('record'),
    collection: z.string(),
    key: z.array(z.string()),
    version: z.int().min(1),
    expiresAt: instant.nullable(),
    indexes: z.record(z.string(), z.string()),
    value,
  }),
  z.strictObject({ kind: z.literal('claim'), digest: hash, until: instant }),
  z.strictObject({ kind: z.literal('entry'), number: z.int().min(1), hash, value }),
])

const trailerSchema = z.strictObject({
  kind: z.literal('end'),
  totals: z.strictObject({ record: sum, claim: sum, entry: sum, head: point }),
  /** Ed25519 by the audit key of the node, base64url; absent when the node did not run. */
  signature: z.string().optional(),
})

/** The first line of a backup. */
export type BackupHeader = z.output<typeof headerSchema>

/** A backup that is being read. */
export interface Backup {
  readonly header: BackupHeader
  /** Can be read once. @throws `store.damaged` when a line is not one, or the end is missing */
  items(): AsyncIterable<StoredItem>
  /** After the last item. @throws `store.damaged` unless the last line says the same */
  requireTotals(totals: Totals): void
  /** After the last item. @throws `store.damaged` unless the node with this key signed the first and the last line */
  requireSignature(key: KeyObject): void
}

/** Signs with the audit key of the node: Ed25519, 64 bytes. */
export type SignBackup = (statement: string) => Promise<Buffer>

/**
 * A snapshot as JSON Lines: a header, every item, and a last line with counts and hashes of all before it, by which a
 * backup that is cut off or changed is known. Signed, one that somebody wrote anew is known too.
 */
export async function* writeBackup(
  snapshot: Snapshot,
  about: { readonly node: string; readonly now: Instant; readonly sign?: SignBackup },
): AsyncGenerator<string> {
  const { start, head } = snapshot
  const time = new Date(about.now).toISOString()
  const header: BackupHeader = { kind: 'bronnet-backup', version: 1, node: about.node, time, start, head }
  const tally = createTally(start)
  let part = `${JSON.stringify(header)}\n`
  for await (const item of snapshot.items()) {
    const text = encodeItem(item)
    tally.add(item, text)
    part += `${text}\n`
    if (part.length < partLength) continue
    yield part
    part = ''
  }
  const totals = tally.totals()
  const signature = (await about.sign?.(statementOf(header, totals)))?.toString('base64url')
  yield `${part}${JSON.stringify({ kind: 'end', totals, signature })}\n`
}

/** Reads the JSON Lines of a backup. @throws `store.damaged` when the first line is not that of a backup */
export async function readBackup(parts: AsyncIterable<string>): Promise<Backup> {
  const lines = parseLines(parts)
  const first = await lines.next()
  if (first.done === true || first.value.kind !== 'header') throw damaged('it does not begin as a backup')
  const { header } = first.value
  let end: Extract<Line, { kind: 'end' }> | undefined
  return {
    header,
    async *items() {
      for await (const line of lines) {
        if (line.kind === 'item') yield line.item
        if (line.kind === 'end') end = line
      }
    },
    requireTotals: (totals) => requireSame(totals, end?.totals),
    requireSignature(key) {
      if (end?.signature === undefined) {
        throw damaged('it is not signed: it was made while the node did not run, or somebody wrote it anew')
      }
      const statement = Buffer.from(statementOf(header, end.totals))
      if (verify(null, statement, key, Buffer.from(end.signature, 'base64url'))) return
      throw damaged('it is not signed by the node with this key, or somebody wrote it anew')
    },
  }
}

/** What is signed. No checkpoint begins so. */
function statementOf({ node, time, start, head }: BackupHeader, { record, claim, entry }: Totals): string {
  const sums = [record, claim, entry].flatMap(({ count, sha256 }) => [count, sha256])
  return `bronnet-backup ${JSON.stringify([node, time, start.number, start.hash, head.number, head.hash, ...sums])}`
}

/** Passes a backup on and checks all of it on the way; ends only when it is whole. @throws `store.damaged` */
export async function* passBackup(
  parts: AsyncIterable<string>,
  report: { readonly onProgress: (done: number) => void; readonly onEnd: (totals: Totals) => void },
): AsyncGenerator<string> {
  let tally: Tally | undefined
  let done = 0
  let part = ''
  for await (const line of parseLines(parts)) {
    if (line.kind === 'header') tally = createTally(line.header.start)
    if (line.kind === 'item') tally?.add(line.item)
    if (line.kind === 'end') {
      requireSame(tally?.totals(), line.totals)
      report.onEnd(line.totals)
    }
    part += `${line.text}\n`
    done += 1
    if (part.length < partLength) continue
    yield part
    part = ''
    report.onProgress(done)
  }
  yield part
}

type Line = { readonly text: string } & (
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'item'; readonly item: StoredItem }
  | { readonly kind: 'end'; readonly totals: Totals; readonly signature: string | undefined }
)

/** One header, items, one end and nothing behind it. */
async function* parseLines(parts: AsyncIterable<string>): AsyncGenerator<Line> {
  let previous: Line['kind'] | undefined
  for await (const text of splitLines(parts)) {
    if (previous === 'end') throw damaged('something stands behind its end')
    const line = parseLine(text, previous === undefined)
    previous = line.kind
    yield line
  }
  if (previous !== 'end') throw damaged('its end is missing')
}

function parseLine(text: string, isFirst: boolean): Line {
  const json = parseJson(text)
  if (isFirst) {
    const header = headerSchema.safeParse(json)
    if (header.success) return { kind: 'header', header: header.data, text }
    throw damaged('it does not begin as a backup that this version of bronnet can read')
  }
  const item = itemSchema.safeParse(json)
  if (item.success) return { kind: 'item', item: item.data, text }
  const trailer = trailerSchema.safeParse(json)
  if (trailer.success) return { ...trailer.data, signature: trailer.data.signature, text }
  throw damaged('a line is not one of a backup')
}

function requireSame(totals: Totals | undefined, end: Totals | undefined): void {
  if (end === undefined || !isDeepStrictEqual(totals, end))
    throw damaged('its counts and hashes are not those of its lines')
}

/** What stands between line breaks; a last line without one is none. */
async function* splitLines(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const part of parts) {
    const text = rest + part
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    yield* text.slice(0, end).split('\n').slice(0, -1)
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // Fits no schema.
    return undefined
  }
}

function damaged(how: string): NodeError {
  const words = `the backup is damaged: ${how}`
  return new NodeError('store.damaged', { detail: words, notes: [words] })
}
