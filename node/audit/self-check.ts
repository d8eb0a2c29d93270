import { setTimeout } from 'node:timers/promises'
import type { KeyObject } from 'node:crypto'
import { NodeError } from '../kernel/errors.js'
import type { Log } from '../kernel/log.js'
import type { Journal, JournalEntry, JournalPoint } from '../stores/contracts.js'
import { judgeCheckpoints, type Checkpoint } from './checkpoint.js'
import { createVerification, type Fault, type UnreadableLine, type Verdict, type Verification } from './verify.js'

/** What operators may watch of the journal. */
export interface AuditMeter {
  setIntact(isIntact: boolean): void
  setCoveredThrough(number: number): void
  countContradiction(): void
}

/** The node's own doubt about its journal. */
export interface SelfCheck {
  /** Verifies what was written since the newest checkpoint, or the last entries when there is none. */
  checkTail(): Promise<void>
  /** Verifies the whole journal, a page at a time with a pause after each. */
  checkAll(signal: AbortSignal): Promise<void>
  /** @throws `audit.damaged` when the last check found a fault */
  requireIntact(): void
}

export interface SelfCheckDeps {
  readonly journal: Journal
  readonly checkpoints: { list(): readonly string[] }
  readonly key: KeyObject
  readonly log: Log
  readonly meter: AuditMeter
  /** Between two pages, so that the check does not slow down requests. */
  readonly pauseMilliseconds?: number
}

const pageSize = 500
const longestTail = 10_000

/** Checks the journal of the node against its own checkpoints. A fault is an alarm in the log, until a check finds none. */
export function createSelfCheck(deps: SelfCheckDeps): SelfCheck {
  const { journal, checkpoints, key, log, meter, pauseMilliseconds = 20 } = deps
  let fault: Fault | undefined

  function settle(verdict: Verdict): void {
    fault = verdict.fault
    meter.setIntact(fault === undefined)
    meter.setCoveredThrough(verdict.coveredThrough)
    if (fault === undefined) log.info('the audit journal is intact', { count: verdict.last - verdict.start })
    else log.error('the audit journal is not intact', { code: 'audit.damaged', detail: fault.words })
  }

  /** Adds what follows `after`; `undefined` when it was told to stop. */
  async function addAll(verification: Verification, after: number, signal?: AbortSignal): Promise<Verdict | undefined> {
    let last = after
    for (let isAtEnd = false; !isAtEnd && !verification.hasFault();) {
      if (signal?.aborted === true) return undefined
      const page = await readPage(journal, last)
      for (const line of page) verification.add(line)
      isAtEnd = page.length === 0
      last = page.at(-1)?.number ?? last
      if (signal !== undefined) await setTimeout(pauseMilliseconds, undefined, { ref: false })
    }
    return verification.finish()
  }

  async function checkTail(): Promise<void> {
    const [head, start] = await Promise.all([journal.head(), journal.start()])
    const { good, faults } = await judgeCheckpoints(checkpoints.list().slice(-1), key)
    const [known] = good
    const from = await tailStart(journal, { head, start, known })
    const verification = createVerification({
      start: from,
      trustStart: true,
      checkpoints: good.filter(({ size }) => size >= from.number),
      faults,
    })
    const verdict = await addAll(verification, from.number)
    if (verdict !== undefined) settle(verdict)
  }

  async function checkAll(signal: AbortSignal): Promise<void> {
    const start = await journal.start()
    const { good, faults } = await judgeCheckpoints(checkpoints.list(), key)
    const verdict = await addAll(createVerification({ start, checkpoints: good, faults }), start.number, signal)
    // Retention took away what was being read: nothing was found out, and the next run will.
    if (verdict === undefined || (await journal.start()).number !== start.number) return
    settle(verdict)
  }

  return {
    checkTail,
    checkAll,
    requireIntact() {
      if (fault !== undefined) throw new NodeError('audit.damaged', { detail: fault.words })
    },
  }
}

/** The point from which the tail is read: a little before what is known, so that it is compared too. */
async function tailStart(
  journal: Journal,
  {
    head,
    start,
    known,
  }: { readonly head: JournalPoint; readonly start: JournalPoint; readonly known: Checkpoint | undefined },
): Promise<JournalPoint> {
  const number = Math.min((known?.size ?? head.number) - 1, head.number - 1)
  const wanted = Math.max(number, head.number - longestTail)
  if (wanted <= start.number) return start
  const [entry] = await journal.read({ after: wanted - 1, limit: 1 })
  return entry ?? start
}

/** The next entries. When the store finds one of them damaged, those before it and the place that cannot be read. */
async function readPage(journal: Journal, after: number): Promise<readonly (JournalEntry | UnreadableLine)[]> {
  try {
    return await journal.read({ after, limit: pageSize })
  } catch (cause) {
    requireDamage(cause)
  }
  const lines: (JournalEntry | UnreadableLine)[] = []
  try {
    const readNext = () => journal.read({ after: after + lines.length, limit: 1 })
    for (let page = await readNext(); page.length > 0; page = await readNext()) lines.push(...page)
  } catch (cause) {
    requireDamage(cause)
    lines.push({ number: after + lines.length + 1, unreadable: 'the store is damaged' })
  }
  return lines
}

function requireDamage(cause: unknown): void {
  if (NodeError.codeOf(cause) !== 'store.damaged') throw cause
}
