import type { Instant } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import type { Journal, JournalEntry } from '../stores/contracts.js'
import { parseEntry, type Audit, type AuditEntry } from './audit.js'
import { importAuditKey, verifyCheckpoint } from './checkpoint.js'
import type { Checkpoints } from './checkpoints.js'
import { createFhirMapping } from './fhir.js'
import { disorderMilliseconds, findBefore, timeOf } from './find-time.js'
import { personPseudonym } from './person.js'

/** Which entries are wanted; all of them when nothing is named. */
export interface ExportRequest {
  readonly format: 'jsonl' | 'fhir'
  readonly party?: string | undefined
  /** A BSN (national person number): only its pseudonym is kept or compared. */
  readonly person?: string | undefined
  /** The DID of who asked. */
  readonly requester?: string | undefined
  /** Not before this instant. */
  readonly from?: Instant | undefined
  /** Before this instant. */
  readonly to?: Instant | undefined
  readonly trace: Trace
}

export interface ExportDeps {
  readonly journal: Journal
  readonly audit: Audit
  readonly checkpoints: Pick<Checkpoints, 'make' | 'publicKey'>
  /** The public URL of the node. */
  readonly node: string
}

type Wanted = (entry: AuditEntry) => boolean

const pageSize = 500

/**
 * Starts an export: the text, a page at a time, of all entries up to and including the one that accounts for the export.
 *
 * There is no index by party, person or requester: it would cost every read a write, for a question that is asked seldom.
 * A period is found by halving, and what lies in it is read in order.
 * @throws `audit.unavailable`; while the text is read, `store.damaged`
 */
export async function startExport(deps: ExportDeps, request: ExportRequest): Promise<AsyncIterable<string>> {
  const { audit, journal } = deps
  const selection = describeSelection(audit, request)
  const isComplete = Object.keys(selection).length === 0
  await audit.record({
    code: 'audit.exported',
    action: 'read',
    outcome: 'success',
    object: { selection: { format: request.format, ...selection } },
    trace: request.trace,
  })
  const checkpoint = await makeCheckpoint(deps)
  const start = await journal.start()
  // Not one entry more than what is signed: others write meanwhile.
  const through =
    checkpoint === undefined
      ? (await journal.head()).number
      : verifyCheckpoint(checkpoint, importAuditKey(deps.checkpoints.publicKey)).size
  const entries = selectEntries(journal, {
    after: request.from === undefined ? start.number : await findBefore(journal, request.from - disorderMilliseconds),
    through,
    until: request.to === undefined ? undefined : request.to + disorderMilliseconds,
    wanted: createWanted(audit, request),
  })
  if (request.format === 'fhir') return toBundle(entries, createFhirMapping(deps.node))
  return toLines(entries, { node: deps.node, complete: isComplete, selection, start, through, checkpoint })
}

/** A journal that its own checkpoints contradict is exported too: somebody has to look at it. */
async function makeCheckpoint({ checkpoints }: ExportDeps): Promise<string | undefined> {
  try {
    return await checkpoints.make()
  } catch (cause) {
    if (NodeError.codeOf(cause) !== 'audit.damaged') throw cause
    return undefined
  }
}

function describeSelection(audit: Audit, request: ExportRequest): Readonly<Record<string, string>> {
  const { party, person, requester, from, to } = request
  return {
    ...(party === undefined ? {} : { party }),
    ...(person === undefined ? {} : { person: personPseudonym(audit, person) }),
    ...(requester === undefined ? {} : { requester }),
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
    ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
  }
}

function createWanted(audit: Audit, { party, person, requester, from, to }: ExportRequest): Wanted {
  const pseudonym = person === undefined ? undefined : personPseudonym(audit, person)
  return ({ event, time }) => {
    const instant = Date.parse(time)
    return (
      (party === undefined || event.party === party) &&
      (requester === undefined || event.actor?.did === requester) &&
      (pseudonym === undefined || event.persons?.includes(pseudonym) === true) &&
      (from === undefined || instant >= from) &&
      (to === undefined || instant < to)
    )
  }
}

async function* selectEntries(
  journal: Journal,
  range: {
    readonly after: number
    readonly through: number
    readonly until: Instant | undefined
    readonly wanted: Wanted
  },
): AsyncGenerator<readonly JournalEntry[]> {
  for (let { after } = range; after < range.through;) {
    const page = await journal.read({ after, limit: Math.min(pageSize, range.through - after) })
    const last = page.at(-1)
    if (last === undefined) {
      throw new NodeError('store.damaged', { detail: 'entries that were to be exported are gone' })
    }
    yield page.filter((entry) => range.wanted(parseEntry(entry)))
    if (range.until !== undefined && timeOf(last) > range.until) return
    after = last.number
  }
}

/** JSON Lines: what this is, the entries as they are chained, and that it ends. */
async function* toLines(pages: AsyncIterable<readonly JournalEntry[]>, journal: object): AsyncGenerator<string> {
  yield `${JSON.stringify({ journal })}\n`
  let count = 0
  for await (const page of pages) {
    count += page.length
    yield page.map(({ hash, number, value }) => `${JSON.stringify({ hash, number, value })}\n`).join('')
  }
  yield `${JSON.stringify({ end: { count } })}\n`
}

/** One Bundle of type `collection`; FHIR has no empty lists, so without entries it has none. */
async function* toBundle(
  pages: AsyncIterable<readonly JournalEntry[]>,
  map: ReturnType<typeof createFhirMapping>,
): AsyncGenerator<string> {
  yield '{"resourceType":"Bundle","type":"collection"'
  let before = ',"entry":['
  let end = '}\n'
  for await (const page of pages) {
    for (const entry of page) {
      yield `${before}${JSON.stringify({ resource: map(parseEntry(entry)) })}`
      before = ',\n'
      end = ']}\n'
    }
  }
  yield end
}
