import { z } from 'zod'
import type { Audit } from '../../audit/audit.js'
import type { AuditEvent } from '../../audit/event.js'
import { personPseudonym } from '../../audit/person.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Log } from '../../kernel/log.js'
import { put, remove, type Operation, type Store, type Stored } from '../../stores/contracts.js'
import type { Lease } from '../../stores/lease.js'
import type { ServedSources } from '../../access/served-sources.js'
import { abonnementAnswerSchema } from '../../../schemas/wire/abonnement.js'
import type { Membership } from '../memberships.js'
import type { AbonnementRules } from './abonnement-rules.js'
import type { BronhouderAnswer, BronhouderCall, CallBronhouder } from './call-bronhouder.js'
import type { OwnCases } from './own-cases.js'
import { givenValue, ownAbonnementen, type OwnAbonnement, type OwnNames } from './own-records.js'
import { findCases } from './own-wishes.js'

export interface CarryOutDeps {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly log: Log
  readonly audit: Pick<Audit, 'record' | 'pseudonym'>
  readonly rules: AbonnementRules
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly ownCases: OwnCases
  readonly names: OwnNames
  readonly findMemberships: (party: string) => Promise<readonly Membership[]>
  readonly callBronhouder: CallBronhouder
}

const second = 1000
/** How long it is waited after the first failure, the second and so on; the last goes on. */
const waits = [5, 5, 10, 30, 120, 600, 3600].map((seconds) => seconds * second)
/** Refused for a reason that nobody is told: a later answer can only be another one when somebody changes something. */
const waitAfterRefusal = 3600 * second
const atOnce = 8
const pageSize = 500

const create = `mutation ($input: AbonnementInput!) {
  createAbonnement(abonnementInput: $input) { abonnementID geldigTot }
}`
const renew = `mutation ($input: VerlengingInput!) {
  verlengAbonnement(verlengingInput: $input) { abonnementID geldigTot }
}`
const end = 'mutation ($id: UUID!) { deleteAbonnement(abonnementID: $id) { abonnementID } }'
const given = abonnementAnswerSchema.pick({ abonnementID: true, geldigTot: true })
const answers = {
  create: z.object({ createAbonnement: given }),
  renew: z.object({ verlengAbonnement: given }),
}

/**
 * Does at the bronhouders what the records of own abonnementen say: takes, renews and ends. What fails is tried again, later
 * and later; a bronhouder that cannot be reached is left alone for the rest of a round. Nothing is sent for a person without
 * an own active case: that is looked at here, at the moment of asking.
 * @throws `store.unavailable`, `store.conflict` when the lease is lost
 */
export type CarryOut = (lease: Pick<Lease, 'write' | 'signal'>) => Promise<void>

export function createCarryOut(deps: CarryOutDeps): CarryOut {
  const { store, clock, log, rules, servedSources, ownCases, names } = deps

  /** The membership by which the party asks, and the rule that it asks under. */
  async function findStanding({ party, eventType, doel }: OwnAbonnement) {
    const memberships = await deps.findMemberships(party)
    // It may be about to be given one, as a party that was set up just now.
    if (memberships.length === 0) throw new NodeError('token.no_matching_credential', { notes: ['no membership'] })
    for (const membership of memberships) {
      const rule = rules.find({ eventType, doel, role: membership.role })
      if (rule !== undefined && rules.holds(rule, { role: membership.role, now: clock.now() }))
        return { membership, rule }
    }
    throw new NodeError('notification.abonnement_refused', { detail: 'the party has no role in which there is a rule' })
  }

  /** Nothing leaves before it is in the journal; there it stands too when it did not go well. */
  async function ask(
    { party, eventType, doel, bronhouder }: OwnAbonnement,
    action: AuditEvent['action'],
    call: BronhouderCall,
    bsn?: string,
  ): Promise<BronhouderAnswer> {
    const event = {
      code: 'abonnement.asked',
      action,
      party,
      object: { service: 'abonnementen', operation: eventType, peer: bronhouder },
      purpose: doel,
      ...(bsn === undefined ? {} : { persons: [personPseudonym(deps.audit, bsn)] }),
    } as const
    await deps.audit.record({ ...event, outcome: 'success' })
    try {
      return await deps.callBronhouder(call)
    } catch (cause) {
      const error = NodeError.codeOf(cause)
      const outcome = error === 'notification.abonnement_refused' ? 'refused' : 'failed'
      await deps.audit.record({ ...event, outcome, error })
      throw cause
    }
  }

  /** Without a case there is nothing to ask: `undefined`. */
  async function take(record: OwnAbonnement): Promise<OwnAbonnement | undefined> {
    const { party, bronhouder, eventType, doel, zaak } = record
    const { membership, rule } = await findStanding(record)
    let bsn: string | undefined
    if (rule.volgindicatie) {
      const cases = zaak && findCases({ party, source: zaak.source, rule, servedSources })
      const active = cases && (await ownCases.find(cases, zaak?.clientID ?? '', 'volgindicatie'))
      if (active === undefined) return undefined
      bsn = active.bsn
    }
    const input = {
      notificatieTypeID: eventType,
      abonneeIDType: membership.idType,
      abonneeID: membership.id,
      doel,
      grondslag: rule.grondslag,
      ...(bsn === undefined ? {} : { volgindicatie: { bsn } }),
    }
    const asked = { party, membership, bronhouder, query: create, variables: { input } }
    const { did, organization, data } = await ask(record, 'create', asked, bsn)
    const { abonnementID, geldigTot } = read(answers.create, data).createAbonnement
    return active(record, {
      abonnementID,
      geldigTot: Date.parse(geldigTot),
      givenBy: { ...(did === undefined ? {} : { did }), ...(organization === undefined ? {} : { organization }) },
      ...(bsn === undefined ? {} : { person: names.personOf(party, bsn) }),
    })
  }

  async function prolong(record: OwnAbonnement): Promise<OwnAbonnement | undefined> {
    const { party, bronhouder, abonnementID } = record
    try {
      const { membership } = await findStanding(record)
      const asked = { party, membership, bronhouder, query: renew, variables: { input: { abonnementID } } }
      const { data } = await ask(record, 'update', asked)
      const renewed = read(answers.renew, data).verlengAbonnement
      return active(record, { geldigTot: Date.parse(renewed.geldigTot) })
    } catch (cause) {
      // It may have ended over there meanwhile: then another one is asked for.
      if (NodeError.codeOf(cause) !== 'notification.abonnement_refused') throw cause
      return take(record)
    }
  }

  /** Done when it has ended there, whoever ended it. */
  async function stop(record: OwnAbonnement): Promise<undefined> {
    const { party, bronhouder, abonnementID, id, geldigTot = Number.POSITIVE_INFINITY } = record
    if (abonnementID === undefined || geldigTot < clock.now()) return undefined
    const index = { name: 'given', value: givenValue(party, abonnementID) }
    const { items } = await store.records.list(ownAbonnementen, { index, limit: 100 })
    // Two cases of one person have one abonnement.
    if (items.some(({ value }) => value.id !== id && value.state !== 'ending')) return undefined
    const [membership] = await deps.findMemberships(party)
    if (membership === undefined) throw new NodeError('token.no_matching_credential', { notes: ['no membership'] })
    try {
      // Continues on purpose: what is no longer allowed may still be ended.
      const { membership: standing } = await findStanding(record).catch(() => ({ membership }))
      await deps.callBronhouder({
        party,
        membership: standing,
        bronhouder,
        query: end,
        variables: { id: abonnementID },
      })
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'notification.abonnement_refused') throw cause
    }
    return undefined
  }

  function active(
    record: OwnAbonnement,
    change: Partial<OwnAbonnement> & { readonly geldigTot: number },
  ): OwnAbonnement {
    const { lastError: _, ...rest } = record
    const now = clock.now()
    return { ...rest, ...change, state: 'active', givenFor: change.geldigTot - now, dueAt: now, failures: 0 }
  }

  /** What comes of one record, and whether its bronhouder could be reached. */
  async function outcomeOf({ key, value, version }: Stored<OwnAbonnement>): Promise<{
    readonly operation: Operation
    readonly reached: boolean
  }> {
    const acts = { wanted: take, renewing: prolong, ending: stop, active: async () => value } as const
    try {
      const next = await acts[value.state](value)
      const expected = { expected: version }
      return {
        operation:
          next === undefined ? remove(ownAbonnementen, key, expected) : put(ownAbonnementen, key, next, expected),
        reached: true,
      }
    } catch (cause) {
      const code = NodeError.codeOf(cause)
      const wait =
        code === 'notification.abonnement_refused'
          ? waitAfterRefusal
          : (waits[Math.min(value.failures, waits.length - 1)] ?? waitAfterRefusal)
      const { party, eventType } = value
      log.warn('an own abonnement could not be carried out', {
        party,
        service: eventType,
        code,
        count: value.failures + 1,
      })
      const failed = { ...value, failures: value.failures + 1, lastError: code, dueAt: clock.now() + wait }
      return {
        operation: put(ownAbonnementen, key, failed, { expected: version }),
        reached: !/^(outbound|discovery)\./.test(code),
      }
    }
  }

  return async (lease) => {
    const silent = new Set<string>()
    let after: string | undefined
    do {
      const index = { name: 'work', value: 'now' }
      const page = await store.records.list(ownAbonnementen, {
        index,
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      })
      after = page.next
      const due = page.items.filter(({ value }) => value.dueAt <= clock.now())
      for (let from = 0; from < due.length; from += atOnce) {
        if (lease.signal.aborted) return
        const some = due.slice(from, from + atOnce).filter(({ value }) => !silent.has(value.bronhouder))
        await Promise.all(
          some.map(async (item) => {
            const { operation, reached } = await outcomeOf(item)
            if (!reached) silent.add(item.value.bronhouder)
            await lease.write([operation]).catch((cause: unknown) => {
              // It was changed meanwhile, and is looked at again: what was done there can be done again.
              if (NodeError.codeOf(cause) !== 'store.conflict' || lease.signal.aborted) throw cause
            })
          }),
        )
      }
    } while (after !== undefined)
  }
}

function read<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const parsed = schema.safeParse(data)
  if (!parsed.success) throw new NodeError('outbound.bad_answer', { detail: 'an abonnement' })
  return parsed.data
}
