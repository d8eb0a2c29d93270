import type { Clock, Instant } from '../../kernel/clock.js'
import type { Log } from '../../kernel/log.js'
import { createTurns } from '../../kernel/turns.js'
import type { Store } from '../../stores/contracts.js'
import { cursorAfter, numberPart } from '../../stores/numbered-keys.js'
import { readAll } from '../../stores/read-all.js'
import type { Authority } from './authority.js'
import { createEngine, type Engine } from './engine.js'
import {
  changePrefix,
  changes,
  checks,
  entries,
  findPointer,
  stateKey,
  states,
  type CatalogueCheck,
  type IndexEntry,
} from './entry.js'
import { createShare } from './share.js'
import { toThings, type RefusedDataset, type ThingsByKind } from './things.js'

/** What can be searched, by kind. */
export type Engines = { readonly [K in keyof ThingsByKind]: Engine<ThingsByKind[K]> }

/** The index as this process holds it in memory: made from the store, which it follows. */
export interface LiveIndex {
  /** Takes in what changed in the store since the last time. Calls that come together share one look. @throws `store.unavailable` */
  follow(): Promise<void>
  /** Returns once the index was read for the first time. @throws `store.unavailable` */
  ready(): Promise<void>
  readonly engines: Engines
  readonly seed: string
  readonly sequence: number
  /** What was replaced up to this change is forgotten: no page can go on from an earlier one. */
  readonly horizon: number
  /** Takes in checks that this process wrote; those of others are seen within a minute. */
  noteChecks(written: readonly CatalogueCheck[]): void
  checkOf(did: string): CatalogueCheck | undefined
  /** Whose catalogue is to be looked at now. */
  due(now: Instant): readonly string[]
  /** The host of the catalogue of a party; '' when none is known. */
  hostOf(did: string): string
  /** Whose catalogue has evidence no longer. */
  ended(now: Instant): readonly string[]
  /** The catalogue checks that failed the last time. */
  failing(): readonly CatalogueCheck[]
  /** Datasets that are not shown, with the reason. */
  refused(): readonly RefusedDataset[]
  /** What is known, whatever can be found of it. */
  count(): {
    readonly parties: number
    readonly catalogues: number
    readonly datasets: number
    readonly services: number
  }
}

const pageSize = 200
/** A page that was given can be followed by the next for this long. */
const keepReplacedMilliseconds = 10 * 60_000
const readChecksEveryMilliseconds = 60_000
/** Beyond this many parties no more are taken in: a list that grows without end must not fill the memory. */
const maxParties = 200_000

interface State {
  readonly engines: Engines
  readonly seed: string
  readonly refused: Map<string, readonly RefusedDataset[]>
  /** When the evidence for the catalogue of a party ends. */
  readonly evidenceEnds: Map<string, Instant>
  /** Where the catalogue of a party is said to be. */
  readonly hosts: Map<string, string>
  sequence: number
  horizon: number
  /** When which change was the newest. */
  marks: readonly { readonly at: Instant; readonly sequence: number }[]
}

export function createLiveIndex(deps: {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly log: Log
  readonly authority: Authority
  /** Told how much there is after each change. */
  readonly report?: (live: LiveIndex) => void
}): LiveIndex {
  const { store, clock, log, authority } = deps
  const turns = createTurns()
  const share = createShare()
  let state = emptyState('', 0)
  let checksByDid = new Map<string, CatalogueCheck>()
  let checksReadAt: Instant | undefined
  /** Checks that were written while all were read: what was read may not have them. */
  let notedMeanwhile: CatalogueCheck[] | undefined
  let first: Promise<void> | undefined
  let queued: Promise<void> | undefined

  function put(into: State, entry: IndexEntry): void {
    if (into.engines.party.size >= maxParties && into.refused.get(entry.did) === undefined) {
      log.warn('the index is full: a party was left out', { count: maxParties })
      return
    }
    const { party, datasets, services, refused } = toThings(entry, authority, share)
    into.engines.party.put(entry.did, [party], entry.sequence)
    into.engines.dataset.put(entry.did, datasets, entry.sequence)
    into.engines.service.put(entry.did, services, entry.sequence)
    into.refused.set(entry.did, refused)
    const url = findPointer(entry)?.url ?? ''
    into.hosts.set(entry.did, URL.canParse(url) ? new URL(url).host : '')
    if (entry.held === undefined) into.evidenceEnds.delete(entry.did)
    else into.evidenceEnds.set(entry.did, entry.held.evidence.expiresAt)
  }

  function take(from: State, did: string): void {
    for (const engine of Object.values(from.engines)) engine.take(did)
    from.refused.delete(did)
    from.evidenceEnds.delete(did)
    from.hosts.delete(did)
  }

  async function load(seed: string, sequence: number): Promise<void> {
    const loaded = emptyState(seed, sequence)
    let after: string | undefined
    do {
      const page = await store.records.list(entries, { limit: pageSize, ...(after === undefined ? {} : { after }) })
      for (const { value } of page.items) put(loaded, value)
      after = page.next
    } while (after !== undefined)
    state = loaded
  }

  async function takeChanges(): Promise<void> {
    for (let more = true; more;) {
      const page = await store.records.list(changes, {
        prefix: changePrefix,
        after: cursorAfter([...changePrefix, numberPart(state.sequence)]),
        limit: pageSize,
      })
      const found = await Promise.all(page.items.map(({ value }) => store.records.get(entries, [value.did])))
      for (const [place, { key, value }] of page.items.entries()) {
        const entry = found[place]?.value
        // One that changed again since has a later change, which is taken in when its turn comes.
        if (entry === undefined) take(state, value.did)
        else put(state, entry)
        state.sequence = Number(key.at(-1))
      }
      more = page.next !== undefined
    }
  }

  async function readChecks(): Promise<void> {
    const now = clock.now()
    if (checksReadAt !== undefined && now >= checksReadAt && now - checksReadAt < readChecksEveryMilliseconds) return
    const noted: CatalogueCheck[] = []
    notedMeanwhile = noted
    const found = await readAll(store.records, checks)
    notedMeanwhile = undefined
    checksByDid = new Map([...found.map(({ value }) => value), ...noted].map((check) => [check.did, check]))
    checksReadAt = now
  }

  function forgetReplaced(): void {
    const now = clock.now()
    const old = state.marks.filter(({ at }) => now - at >= keepReplacedMilliseconds)
    const last = old.at(-1)
    if (last !== undefined && last.sequence > state.horizon) {
      for (const engine of Object.values(state.engines)) engine.forget(last.sequence)
      state.horizon = last.sequence
    }
    const kept = state.marks.slice(old.length)
    state.marks = kept.at(-1)?.sequence === state.sequence ? kept : [...kept, { at: now, sequence: state.sequence }]
  }

  async function look(): Promise<void> {
    const stored = (await store.records.get(states, stateKey))?.value
    if (stored !== undefined) {
      const goesOn =
        stored.seed === state.seed && stored.sequence >= state.sequence && state.sequence >= stored.forgotten
      if (!goesOn) await load(stored.seed, stored.sequence)
      else if (stored.sequence > state.sequence) {
        await takeChanges()
        // The newest change may be a deletion that was forgotten since.
        state.sequence = Math.max(state.sequence, stored.sequence)
      }
    }
    await readChecks()
    forgetReplaced()
    deps.report?.(live)
  }

  const live: LiveIndex = {
    follow() {
      // A look that still has to begin will see what this caller wants to be seen.
      queued ??= turns.take('look', () => {
        queued = undefined
        return look()
      })
      return queued
    },
    ready() {
      first ??= live.follow().catch((cause: unknown) => {
        first = undefined
        throw cause
      })
      return first
    },
    get engines() {
      return state.engines
    },
    get seed() {
      return state.seed
    },
    get sequence() {
      return state.sequence
    },
    get horizon() {
      return state.horizon
    },
    noteChecks(written) {
      for (const check of written) checksByDid.set(check.did, check)
      notedMeanwhile?.push(...written)
    },
    checkOf: (did) => checksByDid.get(did),
    due: (now) => [...checksByDid.values()].filter(({ nextAt }) => nextAt <= now).map(({ did }) => did),
    hostOf: (did) => state.hosts.get(did) ?? '',
    ended: (now) => [...state.evidenceEnds].filter(([, end]) => end <= now).map(([did]) => did),
    failing: () => [...checksByDid.values()].filter(({ reason }) => reason !== undefined),
    refused: () => [...state.refused.values()].flat(),
    count: () => ({
      parties: state.engines.party.size,
      catalogues: state.evidenceEnds.size,
      datasets: state.engines.dataset.size,
      services: state.engines.service.size,
    }),
  }
  return live
}

function emptyState(seed: string, sequence: number): State {
  return {
    engines: { dataset: createEngine(), service: createEngine(), party: createEngine() },
    seed,
    sequence,
    horizon: sequence,
    refused: new Map(),
    evidenceEnds: new Map(),
    hosts: new Map(),
    marks: [],
  }
}
