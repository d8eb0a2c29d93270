import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import { put, remove, type Operation, type Store, type Stored } from '../../stores/contracts.js'
import type { Lease } from '../../stores/lease.js'
import { readAll } from '../../stores/read-all.js'
import type { AbonnementRules } from './abonnement-rules.js'
import type { ActiveCase, CasePlace, OwnCases } from './own-cases.js'
import {
  caseValue,
  changedCases,
  ownAbonnementen,
  type OwnAbonnement,
  type OwnNames,
  type Wanted,
} from './own-records.js'
import { findAnyRule, findCases, type Wish } from './own-wishes.js'
import type { ServedSources } from '../../access/served-sources.js'

type Writing = Pick<Lease, 'write' | 'signal'>

/** What makes the records of own abonnementen as the settings and the own cases want them. Calls nobody. */
export interface FollowCases {
  /** Looks at the clients of whom something changed. */
  lookAtChanged(lease: Writing): Promise<void>
  /**
   * Goes through all: what the settings want, the cases of today, and what must be renewed. Needed at the start and on
   * every new day, because cases begin and end without anybody changing them.
   */
  goThroughAll(lease: Writing): Promise<void>
}

export interface FollowCasesDeps {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly log: Log
  readonly wishes: readonly Wish[]
  readonly rules: AbonnementRules
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly ownCases: OwnCases
  readonly names: OwnNames
}

const atOnce = 200
/** Failures of the node itself, for which no record is to blame. */
const ownFailure = /^(store|audit|internal\.stopping|source\.unavailable)/
/** A third of the time for which it was given is left for renewing it. */
const renewWhenLeft = 1 / 3
/** All are gone through on each new day, and a day has at most 25 hours: what ends before the next is renewed now. */
const untilNextDayMilliseconds = 26 * 3_600_000

export function createFollowCases(deps: FollowCasesDeps): FollowCases {
  const { store, clock, log, wishes, rules, servedSources, ownCases, names } = deps

  function fresh(wanted: Wanted): OwnAbonnement {
    const now = clock.now()
    return {
      ...wanted,
      id: names.idOf(wanted),
      state: 'wanted',
      origin: 'settings',
      since: now,
      dueAt: now,
      failures: 0,
    }
  }

  const wantedBy = ({ party, bronhouder, eventType, doel, cases }: Wish, clientID: string | undefined): Wanted => ({
    party,
    bronhouder,
    eventType,
    doel,
    ...(cases === undefined || clientID === undefined ? {} : { zaak: { source: cases.source, clientID } }),
  })

  /** What makes that there is one, or the one that is being ended stays; one that somebody asked for is then the settings' too. */
  function want(wanted: Wanted, found: Stored<OwnAbonnement> | undefined): readonly Operation[] {
    if (found !== undefined) return keep({ ...found, value: { ...found.value, origin: 'settings' } }, found.value)
    const record = fresh(wanted)
    return [put(ownAbonnementen, [record.party, record.id], record, { expected: 'absent' })]
  }

  /** What makes that one stays: not ended, and renewed in time. Nothing when it is as it `was`. */
  function keep({ key, value, version }: Stored<OwnAbonnement>, was: OwnAbonnement = value): readonly Operation[] {
    const { givenFor = 0, geldigTot = Number.POSITIVE_INFINITY } = value
    const left = geldigTot - clock.now()
    const isDue = value.state === 'active' && left <= Math.max(givenFor * renewWhenLeft, untilNextDayMilliseconds)
    const change =
      value.state === 'ending'
        ? { state: value.abonnementID === undefined ? ('wanted' as const) : ('renewing' as const), failures: 0 }
        : isDue
          ? { state: 'renewing' as const }
          : undefined
    if (change === undefined && value.origin === was.origin) return []
    const kept = change === undefined ? value : { ...value, ...change, dueAt: clock.now() }
    return [put(ownAbonnementen, key, kept, { expected: version })]
  }

  /** What makes that there is none any more. One that was never given is simply forgotten. */
  function unwant({ value, key, version }: Stored<OwnAbonnement>): readonly Operation[] {
    if (value.state === 'ending') return []
    if (value.abonnementID === undefined) return [remove(ownAbonnementen, key, { expected: version })]
    const ending = { ...value, state: 'ending', dueAt: clock.now(), failures: 0 } as const
    return [put(ownAbonnementen, key, ending, { expected: version })]
  }

  const findCaseOf = async (
    { party, eventType, doel, zaak }: Wanted,
    find: (cases: CasePlace, clientID: string) => Promise<ActiveCase | undefined>,
  ): Promise<ActiveCase | undefined> => {
    const rule = findAnyRule(rules, { eventType, doel })
    const cases = zaak && rule && findCases({ party, source: zaak.source, rule, servedSources })
    return cases && find(cases, zaak?.clientID ?? '')
  }

  async function lookAt(party: string, source: string, clientID: string): Promise<readonly Operation[]> {
    const index = { name: 'case', value: caseValue(party, { source, clientID }) }
    const { items } = await store.records.list(ownAbonnementen, { index, limit: 1000 })
    const known = new Map(items.map((item) => [item.value.id, item]))
    const looked = new Map<string, Promise<ActiveCase | undefined>>()
    const findOnce = (cases: CasePlace): Promise<ActiveCase | undefined> => {
      const before = looked.get(cases.domein)
      if (before !== undefined) return before
      const looking = ownCases.find(cases, clientID, 'volgindicatie')
      looked.set(cases.domein, looking)
      return looking
    }
    const operations: Operation[] = []
    for (const wish of wishes) {
      const { cases } = wish
      if (cases?.party !== party || cases.source !== source) continue
      const wanted = wantedBy(wish, clientID)
      const found = known.get(names.idOf(wanted))
      known.delete(names.idOf(wanted))
      const active = await findOnce(cases)
      if (active === undefined) operations.push(...(found === undefined ? [] : unwant(found)))
      else if (found !== undefined && isAboutAnother(found, active.bsn))
        operations.push(correct(found, { origin: 'settings' }))
      else operations.push(...want(wanted, found))
    }
    // Those that somebody asked for stay as long as there is a case, and until somebody asked to end them.
    for (const item of known.values()) {
      if (item.value.state === 'ending') continue
      const active = await findCaseOf(item.value, findOnce)
      if (active === undefined) operations.push(...unwant(item))
      else if (isAboutAnother(item, active.bsn)) operations.push(correct(item, {}))
      else operations.push(...keep(item))
    }
    return operations
  }

  /** The number of a client was corrected: then the one before is followed no more, and this one is. */
  function isAboutAnother({ value: { party, person, state } }: Stored<OwnAbonnement>, bsn: string): boolean {
    return state !== 'ending' && person !== undefined && person !== names.personOf(party, bsn)
  }

  /** What makes that it is asked for the person of today. */
  function correct({ key, value, version }: Stored<OwnAbonnement>, changes: Partial<OwnAbonnement>): Operation {
    const next = { ...value, ...changes, state: 'renewing', dueAt: clock.now(), failures: 0 } as const
    return put(ownAbonnementen, key, next, { expected: version })
  }

  /** Several things can be wanted of the cases of one register, which is gone through once. */
  async function listOnce(cases: CasePlace, listed: Map<string, ReadonlySet<string>>): Promise<ReadonlySet<string>> {
    const name = JSON.stringify([cases.party, cases.source, cases.domein])
    const known = listed.get(name) ?? (await ownCases.listActive(cases))
    listed.set(name, known)
    return known
  }

  /** Whether one that the settings do not want stays: that somebody asked for, as long as there is a case where it rests on one. */
  async function stays(own: OwnAbonnement): Promise<boolean> {
    const { party, origin, zaak } = own
    if (origin !== 'application' || zaak === undefined) return origin === 'application'
    try {
      return (await findCaseOf(own, (cases, clientID) => ownCases.find(cases, clientID, 'volgindicatie'))) !== undefined
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      if (ownFailure.test(code)) throw cause
      // Continues on purpose: one case that cannot be read holds up no other, and is looked at again on the next day.
      log.error('an own case cannot be looked at', { party, service: zaak.source, code })
      return true
    }
  }

  /** Together, else one by one: what somebody else changed at this moment is left as it is, and is looked at again. */
  async function writeAll(lease: Writing, operations: readonly Operation[]): Promise<void> {
    for (let from = 0; from < operations.length; from += atOnce) {
      const some = operations.slice(from, from + atOnce)
      if (await isWritten(lease, some)) continue
      for (const each of some) await isWritten(lease, [each])
    }
  }

  async function isWritten(lease: Writing, operations: readonly Operation[]): Promise<boolean> {
    try {
      await lease.write(operations)
      return true
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'store.conflict' || lease.signal.aborted) throw cause
      return false
    }
  }

  return {
    async lookAtChanged(lease) {
      const { items } = await store.records.list(changedCases, { limit: atOnce })
      for (const { key, version } of items) {
        if (lease.signal.aborted) return
        const [party = '', source = '', clientID = ''] = key
        const operations = await lookAt(party, source, clientID).catch((cause: unknown) => {
          const code = NodeError.codeOf(cause)
          if (ownFailure.test(code)) throw cause
          // Continues on purpose: one case that cannot be read holds up no other. It is looked at again on the next day.
          log.error('an own case cannot be looked at', { party, service: source, code })
          return []
        })
        // All or nothing, with the version of each: what changes meanwhile is looked at again.
        await isWritten(lease, [...operations, remove(changedCases, key, { expected: version })])
      }
    },
    async goThroughAll(lease) {
      const left = new Map((await readAll(store.records, ownAbonnementen)).map((item) => [item.value.id, item]))
      const operations: Operation[] = []
      const listed = new Map<string, ReadonlySet<string>>()
      for (const wish of wishes) {
        const { cases } = wish
        const clients = cases === undefined ? [undefined] : await listOnce(cases, listed)
        for (const clientID of clients) {
          const wanted = wantedBy(wish, clientID)
          const id = names.idOf(wanted)
          operations.push(...want(wanted, left.get(id)))
          left.delete(id)
        }
      }
      for (const item of left.values()) {
        if (item.value.state === 'ending') continue
        operations.push(...((await stays(item.value)) ? keep(item) : unwant(item)))
      }
      await writeAll(lease, operations)
      if (operations.length > 0) log.info('own abonnementen are to change', { count: operations.length })
    },
  }
}
