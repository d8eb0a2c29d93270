import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { systemClock } from '../kernel/clock.js'
import { registerRowOutcomesSchema, registerTypesSchema } from '../../schemas/wire/register.js'
import { byOption, operatorOf } from './by.js'
import { CommandFailure, type Given, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import type { CallNode, NodeAnswer, NodeCall } from './node-client.js'
import { createProgress } from './progress.js'
import { readRows, type FileRow, type RowsRequest } from './register-rows.js'

const batchSize = 200
/** The node takes 4 MiB. */
const batchCharacters = 2 * 1024 * 1024
const maxShown = 20
/** How long to wait before a batch is sent again. */
const waitSeconds = [1, 2, 4, 8, 15, 30]

export const importOptions = [
  {
    name: 'format',
    value: 'FORMAT',
    choices: ['csv', 'json', 'jsonl'],
    about: 'csv, json or jsonl; default: as the name of the file ends',
  },
  { name: 'type', value: 'TYPE', about: 'type of the records of a CSV file' },
  { name: 'delimiter', value: 'SIGN', about: 'what stands between the cells of a CSV file; default: a comma' },
  { name: 'report', value: 'FILE', about: 'file for what is wrong with rows that were left out, one a line' },
  { name: 'resume', about: 'go on where an import of the same file was broken off' },
  byOption,
] as const

/** How far an import of a file is. */
const progressSchema = z.strictObject({ size: z.number(), modified: z.number(), done: z.int().min(0) })

interface Totals {
  readonly counts: Record<'created' | 'changed' | 'unchanged' | 'refused' | 'removed', number>
  readonly faults: { readonly place: string; readonly notes: readonly string[] }[]
}

/** Imports a file in batches: a row that is wrong is left out and reported, the others are written. */
export async function importFile(call: CallNode, path: string, given: Given, terminal: Terminal): Promise<number> {
  const file = given.operands[0] ?? ''
  const { types } = registerTypesSchema.parse((await call({ method: 'GET', path })).body)
  const request: RowsRequest = {
    file,
    format: formatOf(given.value('format') ?? extname(file).slice(1)),
    type: given.value('type'),
    delimiter: given.value('delimiter') ?? ',',
    types,
  }
  const marker = await openMarker(file, given.has('resume'))
  const totals: Totals = { counts: { created: 0, changed: 0, unchanged: 0, refused: 0, removed: 0 }, faults: [] }
  const onProgress = createProgress({ terminal, clock: systemClock, verb: 'looked at' })
  let seen = 0
  for await (const batch of inBatches(readRows(request))) {
    seen += batch.length
    if (seen <= marker.done) continue
    // A batch that was written in part of its rows is only sent as a whole: what is already so is not written again.
    const body = { by: operatorOf(given), rows: batch.map(({ row }) => row) }
    const { rows } = registerRowOutcomesSchema.parse(
      (await callPatiently(call, { method: 'POST', path: `${path}/import`, body }, terminal)).body,
    )
    for (const [at, outcome] of rows.entries()) {
      totals.counts[outcome.outcome] += 1
      if ('notes' in outcome) totals.faults.push({ place: batch[at]?.place ?? '?', notes: outcome.notes })
    }
    await marker.write(seen)
    onProgress(seen)
  }
  await marker.remove()
  await writeReport(given.value('report'), totals)
  tell(totals, marker.done, given, terminal)
  return totals.faults.length === 0 ? exitStatus.good : exitStatus.no
}

/** A store that has much to tidy up takes no writes for a while; sending a batch again writes nothing twice. */
async function callPatiently(call: CallNode, request: NodeCall, terminal: Terminal): Promise<NodeAnswer> {
  for (const seconds of waitSeconds) {
    const answer = await call({ ...request, accept: [503] })
    if (answer.status !== 503) return answer
    terminal.note(`the node is not ready for more; again in ${String(seconds)} s`)
    await setTimeout(seconds * 1000)
  }
  return call(request)
}

function formatOf(name: string): RowsRequest['format'] {
  if (name === 'csv' || name === 'json' || name === 'jsonl') return name
  throw new CommandFailure(exitStatus.usage, ['--format: give csv, json or jsonl'])
}

async function* inBatches(rows: AsyncIterable<FileRow>): AsyncGenerator<readonly FileRow[]> {
  let batch: FileRow[] = []
  let characters = 0
  for await (const row of rows) {
    const length = JSON.stringify(row.row).length
    if (batch.length > 0 && (batch.length === batchSize || characters + length > batchCharacters)) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(row)
    characters += length
  }
  if (batch.length > 0) yield batch
}

/** What tells where to go on, beside the file; it counts for the same file only. */
async function openMarker(file: string, resume: boolean) {
  const path = `${file}.progress`
  const about = await stat(file).catch(() => {
    throw new CommandFailure(exitStatus.usage, [`${file} cannot be read`])
  })
  const known = { size: about.size, modified: about.mtimeMs }
  let done = 0
  if (resume) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text === undefined) throw new CommandFailure(exitStatus.usage, [`--resume: there is no ${path}`])
    const marked = progressSchema.safeParse(JSON.parse(text))
    if (!marked.success || marked.data.size !== known.size || marked.data.modified !== known.modified)
      throw new CommandFailure(exitStatus.usage, ['--resume: the file is not the one of before'])
    done = marked.data.done
  }
  return {
    done,
    write: (rows: number) => writeFile(path, JSON.stringify({ ...known, done: rows })),
    remove: () => rm(path, { force: true }),
  }
}

async function writeReport(file: string | undefined, { faults }: Totals): Promise<void> {
  if (file === undefined) return
  await writeFile(file, faults.map((fault) => `${JSON.stringify(fault)}\n`).join(''))
}

function tell({ counts, faults }: Totals, skipped: number, given: Given, terminal: Terminal): void {
  if (given.has('json')) {
    terminal.say(JSON.stringify({ ...counts, skipped, faults }))
    return
  }
  for (const { place, notes } of faults.slice(0, maxShown)) terminal.say(`${place}: ${notes.join('; ')}`)
  if (faults.length > maxShown) terminal.say(`and ${String(faults.length - maxShown)} more; --report keeps them all`)
  const words = Object.entries(counts).filter(([word]) => word !== 'removed')
  terminal.say(words.map(([word, count]) => `${word} ${String(count)}`).join(', '))
}
