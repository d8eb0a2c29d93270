import type { Audit } from '../../audit/audit.js'
import type { AuditEvent } from '../../audit/event.js'
import { personPseudonym } from '../../audit/person.js'
import { toRfc3339, type Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import { put, remove, type Store, type Stored } from '../../stores/contracts.js'
import { readAll } from '../../stores/read-all.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import type { AbonnementAnswer } from '../../../schemas/wire/abonnement.js'
import {
  abonneeKey,
  abonnementCounts,
  abonnementen,
  type Abonnee,
  type AbonnementNames,
  type AbonnementRecord,
} from './abonnement-records.js'
import type { AbonnementRules } from './abonnement-rules.js'
import { parseAbonnementInput, parseAbonnementName, parseRenewal } from './parse-abonnement.js'

/** Who asks at the netwerkpunt of a party, as its token proves. */
export interface AbonnementCaller {
  /** The local name of the party that is asked. */
  readonly party: string
  readonly abonnee: Abonnee
  readonly did: string
  readonly trace: Trace
}

/** A page of what somebody has. */
export interface AbonnementPage {
  readonly abonnementen: readonly AbonnementAnswer[]
  readonly volgende: string | null
}

/**
 * The abonnementen at a bronhouder, for those who have them. Nothing here looks at a register, so no answer and no time that
 * it takes can tell whether somebody is known. Every refusal is the same one.
 * @see iWlz RFC0036
 */
export interface AbonnementDesk {
  /**
   * Takes an abonnement and gives it back, without the person. Who has one on the same thing keeps it, with its id.
   * @throws `notification.abonnement_refused` whatever is wrong, `notification.abonnement_quota`, `store.unavailable`
   */
  create(input: unknown, caller: AbonnementCaller): Promise<AbonnementAnswer>
  /** Own ones only. @throws `notification.abonnement_refused` for a page that is none */
  list(page: { readonly na?: unknown; readonly eerste?: unknown }, caller: AbonnementCaller): Promise<AbonnementPage>
  /** @throws `notification.abonnement_refused`, also when there is no such abonnement or it is somebody else's */
  renew(input: unknown, caller: AbonnementCaller): Promise<AbonnementAnswer>
  /** As `renew`. Gives the id of what has ended. */
  end(input: unknown, caller: AbonnementCaller): Promise<Pick<AbonnementAnswer, 'abonnementID' | 'abonnementId'>>
}

export interface AbonnementDeskDeps {
  readonly store: Store
  readonly clock: Clock
  readonly audit: Audit
  readonly names: AbonnementNames
  readonly rules: AbonnementRules
  /** How many one abonnee may have at a party. */
  readonly maxPerAbonnee: (party: string) => number
}

const dayMilliseconds = 86_400_000
const hourMilliseconds = 3_600_000
const usualPage = 100
const largestPage = 500

export function createAbonnementDesk(deps: AbonnementDeskDeps): AbonnementDesk {
  const { store, clock, audit, names, rules, maxPerAbonnee } = deps

  async function take(input: unknown, caller: AbonnementCaller): Promise<AbonnementAnswer> {
    const { party, abonnee } = caller
    const asked = parseAbonnementInput(input, abonnee)
    const rule = rules.find({ ...asked, role: abonnee.role })
    const now = clock.now()
    if (
      rule === undefined ||
      rule.grondslag !== asked.grondslag ||
      rule.volgindicatie !== (asked.bsn !== undefined) ||
      !rules.holds(rule, { role: abonnee.role, now })
    )
      throw refused('there is no rule for it')
    const { eventType, doel, grondslag, maxDays } = rule
    const latest = now + maxDays * dayMilliseconds
    const geldigTot = Math.min(asked.geldigTot ?? latest, latest)
    if (geldigTot <= now) throw refused('it would have ended already')
    const person = asked.bsn && names.personOf(party, eventType, asked.bsn.reveal())
    const about = { eventType, doel, ...(person === undefined ? {} : { person }) }
    const abonnementID = names.idOf(party, abonnee, about)
    const key = [...abonneeKey(party, abonnee), abonnementID]
    return retryConflict(async () => {
      const [found, counted] = await Promise.all([store.records.get(abonnementen, key), countOf(caller)])
      const record: AbonnementRecord = {
        abonnementID,
        party,
        abonnee,
        ...about,
        grondslag,
        createdAt: found?.value.createdAt ?? now,
        geldigTot,
      }
      const { count, countedAt, expected } = counted
      if (found === undefined && count >= maxPerAbonnee(party)) throw new NodeError('notification.abonnement_quota')
      await store.write([
        put(abonnementen, key, record, { expected: found?.version ?? 'absent', expiresAt: geldigTot }),
        put(
          abonnementCounts,
          abonneeKey(party, abonnee),
          { count: found === undefined ? count + 1 : count, countedAt },
          { expected },
        ),
        audit.operation({
          ...describe(caller, record),
          action: found === undefined ? 'create' : 'update',
          outcome: 'success',
          ...(asked.bsn === undefined ? {} : { persons: [personPseudonym(audit, asked.bsn.reveal())] }),
        }),
      ])
      return toAnswer(record)
    })
  }

  /** How many there are; at the limit they are counted again, once an hour, because some end by themselves. */
  async function countOf({ party, abonnee }: AbonnementCaller) {
    const key = abonneeKey(party, abonnee)
    const stored = await store.records.get(abonnementCounts, key)
    const expected = stored?.version ?? ('absent' as const)
    const known = stored?.value ?? { count: 0, countedAt: clock.now() }
    if (known.count < maxPerAbonnee(party) || clock.now() - known.countedAt < hourMilliseconds)
      return { ...known, expected }
    return { count: (await readAll(store.records, abonnementen, key)).length, countedAt: clock.now(), expected }
  }

  async function getOwn(abonnementID: string, { party, abonnee }: AbonnementCaller): Promise<Stored<AbonnementRecord>> {
    // The abonnee is part of the key: what is somebody else's is looked for, and is missing, like what was never there.
    const found = await store.records.get(abonnementen, [...abonneeKey(party, abonnee), abonnementID])
    if (found === undefined) throw refused('no such abonnement')
    return found
  }

  /** Accounts for a refusal without what was asked: it may hold a person. */
  async function accounted<T>(caller: AbonnementCaller, action: AuditEvent['action'], work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      if (code === 'notification.abonnement_refused' || code === 'notification.abonnement_quota')
        await audit.record({ ...describe(caller), action, outcome: 'refused', error: code })
      throw cause
    }
  }

  return {
    create: (input, caller) => accounted(caller, 'create', take(input, caller)),
    async list({ na, eerste }, caller) {
      const limit = eerste ?? usualPage
      if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > largestPage)
        throw refused('the length of a page')
      if (na !== undefined && na !== null && (typeof na !== 'string' || na.length > 2048)) throw refused('a page')
      const { party, abonnee } = caller
      const page = await store.records
        .list(abonnementen, {
          prefix: abonneeKey(party, abonnee),
          limit,
          ...(typeof na === 'string' ? { after: na } : {}),
        })
        .catch((cause: unknown) => {
          throw NodeError.codeOf(cause) === 'store.bad_input' ? refused('a page that is none') : cause
        })
      await audit.record({
        ...describe(caller),
        action: 'read',
        outcome: 'success',
        object: { service: 'abonnementen', recordCount: page.items.length },
      })
      return { abonnementen: page.items.map(({ value }) => toAnswer(value)), volgende: page.next ?? null }
    },
    renew: (input, caller) =>
      accounted(
        caller,
        'update',
        retryConflict(async () => {
          const asked = parseRenewal(input)
          const { key, value, version } = await getOwn(asked.abonnementID, caller)
          const { role } = caller.abonnee
          const now = clock.now()
          const rule = rules.find({ ...value, role })
          if (rule === undefined || !rules.holds(rule, { role, now })) throw refused('the rule has ended')
          const latest = now + rule.maxDays * dayMilliseconds
          const geldigTot = Math.min(asked.geldigTot ?? latest, latest)
          if (geldigTot <= now) throw refused('it would have ended already')
          const renewed = { ...value, geldigTot }
          await store.write([
            put(abonnementen, key, renewed, { expected: version, expiresAt: geldigTot }),
            audit.operation({ ...describe(caller, renewed), action: 'update', outcome: 'success' }),
          ])
          return toAnswer(renewed)
        }),
      ),
    end: (input, caller) =>
      accounted(
        caller,
        'delete',
        retryConflict(async () => {
          const { abonnementID } = parseAbonnementName(input)
          const { key, value, version } = await getOwn(abonnementID, caller)
          const { count, countedAt, expected } = await countOf(caller)
          await store.write([
            remove(abonnementen, key, { expected: version }),
            put(
              abonnementCounts,
              abonneeKey(caller.party, caller.abonnee),
              { count: Math.max(0, count - 1), countedAt },
              { expected },
            ),
            audit.operation({ ...describe(caller, value), action: 'delete', outcome: 'success' }),
          ])
          return { abonnementID, abonnementId: abonnementID }
        }),
      ),
  }
}

/** The account of it. The id alone tells who it was that was followed to nobody but the abonnee. */
function describe({ party, abonnee, did, trace }: AbonnementCaller, record?: AbonnementRecord) {
  return {
    code: 'abonnement.changed',
    party,
    actor: { did, role: abonnee.role, identifier: `${abonnee.idType}:${abonnee.id}` },
    trace,
    ...(record === undefined
      ? {}
      : {
          object: {
            service: 'abonnementen',
            operation: record.eventType,
            selection: { abonnementID: record.abonnementID },
          },
          purpose: record.doel,
          grondslag: record.grondslag,
        }),
  } as const satisfies Partial<AuditEvent>
}

/** An abonnement as it leaves: never with the person, nor its pseudonym. */
export function toAnswer(record: AbonnementRecord): AbonnementAnswer {
  const { abonnementID, eventType, abonnee, doel, grondslag, createdAt, geldigTot, person } = record
  return {
    abonnementID,
    abonnementId: abonnementID,
    notificatieTypeID: eventType,
    eventType,
    abonneeIDType: abonnee.idType,
    abonneeID: abonnee.id,
    doel,
    grondslag,
    aangemaaktOp: toRfc3339(createdAt),
    geldigTot: toRfc3339(geldigTot),
    isVolgindicatie: person !== undefined,
  }
}

/** @param detail for the operational log; the caller reads the same words whatever it is */
function refused(detail: string): NodeError {
  return new NodeError('notification.abonnement_refused', { detail })
}
