import type { Issuer } from '../../credentials/issue.js'
import type { StatusLists } from '../../credentials/status/status-lists.js'
import type { Parties } from '../../identity/parties.js'
import type { Party } from '../../identity/party.js'
import type { Clock, Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import { dayOf, endOfDay, type Day } from '../../policy/day.js'
import { lastReadingDay } from '../../policy/windows.js'
import { put, remove, type Operation, type Store, type Stored } from '../../stores/contracts.js'
import type { AuthorizationData, PackData, RuleData } from '../../../schemas/pack.js'
import type { FindHolder } from './find-holders.js'
import {
  dueAuthorizations,
  givenAuthorizations,
  placeOf,
  type DueAuthorization,
  type GivenAuthorization,
  type WantedAuthorization,
} from './records.js'

export interface GiveDueDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly log: Log
  readonly parties: Pick<Parties, 'find'>
  readonly issuer: Pick<Issuer, 'issue'>
  readonly statusLists: Pick<StatusLists, 'revoke'>
  /** The pack that guards a source, when the source gives authorizations by itself. */
  readonly findPack: (party: string, source: string) => PackData | undefined
  readonly readHolders: () => Promise<FindHolder>
}

const pageSize = 100
const dayMilliseconds = 86_400_000
/** So long before the end of one another one is given, while the record has no last day. */
const renewBeforeDays = 30

/** Gives and revokes what is due. Stops early when the signal says so. */
export type GiveDue = (signal: AbortSignal, which: 'new' | 'waiting') => Promise<void>

/**
 * Makes what is given as the records want it. Each record is one batch of credential, account and note, or what is done
 * again after a stop half-way comes to the same: nothing is given twice, and what was to be revoked is.
 *
 * What cannot be done now is noted as waiting, and logged by code; it holds up nothing else.
 */
export function createGiveDue(deps: GiveDueDeps): GiveDue {
  const { store, clock, log } = deps

  async function look(due: string, signal: AbortSignal, findHolder: FindLater): Promise<void> {
    let after: string | undefined
    do {
      const page = await store.records.list(dueAuthorizations, {
        index: { name: 'due', value: due },
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      })
      for (const row of page.items) {
        if (signal.aborted) return
        await giveOne(row, findHolder, deps).catch((cause: unknown) => setAside(row, cause))
      }
      after = page.next
    } while (after !== undefined)
  }

  async function setAside(row: Stored<DueAuthorization>, cause: unknown): Promise<void> {
    const code = NodeError.codeOf(cause)
    // The store itself is away, or the record changed again: there is a newer note, or this one stays.
    if (code === 'store.unavailable') throw cause
    if (code === 'store.conflict') return
    const [party = '', , detail = ''] = row.key
    log.warn('an authorization cannot be given now', { party, code, detail })
    await store
      .write([put(dueAuthorizations, row.key, { ...row.value, due: 'waiting' }, { expected: row.version })])
      .catch((failed: unknown) => {
        if (NodeError.codeOf(failed) !== 'store.conflict') throw failed
      })
  }

  return async (signal, which) => {
    let holders: Promise<FindHolder> | undefined
    const findHolder: FindLater = async (...who) => (await (holders ??= deps.readHolders()))(...who)
    if (which === 'new') return look('now', signal, findHolder)
    await look('waiting', signal, findHolder)
    // A node that was away does not miss a day: there are as many as an authorization still holds.
    for (let days = 0; days <= renewBeforeDays; days += 1)
      await look(dayOf(clock.now() - days * dayMilliseconds), signal, findHolder)
  }
}

/** Who is listed is read when somebody asks for the first time. */
type FindLater = (...who: Parameters<FindHolder>) => Promise<string | undefined>

async function giveOne(row: Stored<DueAuthorization>, findHolder: FindLater, deps: GiveDueDeps): Promise<void> {
  const { store, clock, log, parties, findPack } = deps
  const [subject = '', source = '', ruleId = ''] = row.key
  const settleWith = async (operation: Operation): Promise<void> => {
    await store.write([operation])
  }
  const party = await parties.find(subject)
  if (party === undefined) return settleWith(remove(dueAuthorizations, row.key))
  const pack = findPack(subject, source)
  const data = pack?.authorizations.find(({ id }) => id === ruleId)
  const rule = pack?.rules.find(({ id }) => id === data?.rule)
  const given = await store.records.get(givenAuthorizations, row.key)
  const { wanted } = row.value
  const now = clock.now()
  const expiresAt = wanted === null || data === undefined ? now : expiryOf(data, wanted.end, now)
  const settle = remove(dueAuthorizations, row.key, { expected: row.version })
  if (wanted === null || data === undefined || rule === undefined || expiresAt <= now)
    return takeBack(given, party, [settle], deps)

  const holder = await findHolder(data.holder.identifier, wanted.identifier, data.holder.role)
  if (given !== undefined && isStill(given.value, wanted, holder ?? given.value.holder)) {
    const last = Math.max(0, ...given.value.credentials.map((credential) => credential.expiresAt))
    if (wanted.end !== null || last > now + renewBeforeDays * dayMilliseconds)
      return settleWith(nextLook(row, wanted, last))
    // Renewed: the one of before ends by itself, and the holder is never without.
  } else if (given !== undefined) {
    // Who had it is not the one any more: that does not wait until the next one is found.
    await takeBack(given, party, [], deps)
    return giveOne(row, findHolder, deps)
  }
  if (holder === undefined) {
    if (row.value.due === 'waiting') return
    log.warn('an authorization waits: whom it is for is not listed', { party: subject, detail: data.id })
    return settleWith(put(dueAuthorizations, row.key, { wanted, due: 'waiting' }, { expected: row.version }))
  }
  await issue({ row, data, rule, wanted, holder, expiresAt, party, given }, deps)
}

function isStill(given: GivenAuthorization, { identifier, end }: WantedAuthorization, holder: string): boolean {
  return given.identifier === identifier && given.end === end && given.holder === holder
}

/** By the time windows: until the last day that may be read, or for a while when there is none. */
function expiryOf({ end }: AuthorizationData, last: Day | null, now: Instant): Instant {
  if (last === null) return now + end.openDays * dayMilliseconds
  return endOfDay(end.window === undefined ? last : lastReadingDay(end.window, last))
}

function nextLook(row: Stored<DueAuthorization>, wanted: WantedAuthorization, expiresAt: Instant): Operation {
  if (wanted.end !== null) return remove(dueAuthorizations, row.key, { expected: row.version })
  const due = dayOf(expiresAt - renewBeforeDays * dayMilliseconds)
  return put(dueAuthorizations, row.key, { wanted, due }, { expected: row.version })
}

/** Revokes what was given and has not ended. Revoking twice is revoking once, so a stop half-way is made up for. */
async function takeBack(
  given: Stored<GivenAuthorization> | undefined,
  party: Party,
  more: readonly Operation[],
  { store, clock, statusLists }: GiveDueDeps,
): Promise<void> {
  if (given === undefined) {
    await store.write(more)
    return
  }
  const [, , rule = ''] = given.key
  for (const { id, expiresAt } of given.value.credentials) {
    if (expiresAt > clock.now()) await statusLists.revoke({ party, credentialId: id, reason: `by rule ${rule}` })
  }
  await store.write([remove(givenAuthorizations, given.key, { expected: given.version }), ...more])
}

async function issue(
  asked: {
    readonly row: Stored<DueAuthorization>
    readonly data: AuthorizationData
    readonly rule: RuleData
    readonly wanted: WantedAuthorization
    readonly holder: string
    readonly expiresAt: Instant
    readonly party: Party
    readonly given: Stored<GivenAuthorization> | undefined
  },
  { clock, issuer }: GiveDueDeps,
): Promise<void> {
  const { row, data, rule, wanted, holder, expiresAt, party, given } = asked
  const [subject = '', source = '', , key = ''] = row.key
  const root = rule.wat.operation
  const path = `/${root}/${key}`
  const now = clock.now()
  await issuer.issue({
    issuer: party,
    type: 'AutorisatieCredential',
    rule: `${data.id}.v${String(data.version)}`,
    expiresAt,
    subject: {
      id: holder,
      legalBase: { consentType: 'implicit', evidence: { path, type: root } },
      purposeOfUse: rule.waarvoor.purpose,
      resources: [{ path, operations: ['query'], userContext: false }],
      localParameters: {
        fields: Object.entries(data.fields).flatMap(([type, names]) => names.map((name) => `${type}.${name}`)),
      },
    },
    alongside: (credential) => [
      put(
        givenAuthorizations,
        row.key,
        {
          identifier: wanted.identifier,
          holder,
          end: wanted.end,
          credentials: [
            ...(given?.value.credentials ?? []).filter((before) => before.expiresAt > now),
            { id: credential.id, expiresAt },
          ],
          raw: credential.raw,
          place: placeOf(subject, source, holder),
        },
        { expected: given?.version ?? 'absent' },
      ),
      nextLook(row, wanted, expiresAt),
    ],
  })
}
