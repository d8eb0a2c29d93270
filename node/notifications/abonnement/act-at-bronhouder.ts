import { z } from 'zod'
import type { Audit } from '../../audit/audit.js'
import type { AuditEvent } from '../../audit/event.js'
import { personPseudonym } from '../../audit/person.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Store } from '../../stores/contracts.js'
import type { ServedSources } from '../../access/served-sources.js'
import type { AbonnementRule } from '../../../schemas/abonnement-rules.js'
import { abonnementAnswerSchema } from '../../../schemas/wire/abonnement.js'
import type { Membership } from '../memberships.js'
import type { AbonnementRules } from './abonnement-rules.js'
import type { BronhouderAnswer, BronhouderCall, CallBronhouder } from './call-bronhouder.js'
import type { ActiveCase, OwnCases } from './own-cases.js'
import { givenValue, ownAbonnementen, type OwnAbonnement, type OwnNames } from './own-records.js'
import { findCases } from './own-wishes.js'

export interface ActAtBronhouderDeps {
  readonly store: Pick<Store, 'records'>
  readonly clock: Clock
  readonly audit: Pick<Audit, 'record' | 'pseudonym'>
  readonly rules: AbonnementRules
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly ownCases: OwnCases
  readonly names: OwnNames
  readonly findMemberships: (party: string) => Promise<readonly Membership[]>
  readonly callBronhouder: CallBronhouder
}

/**
 * Does at its bronhouder what the record of an own abonnement says: takes, renews or ends. Returns the record as it is then, or
 * `undefined` when there is none any more. Writes nothing; doing it once more gives the same.
 *
 * Nothing is taken or renewed for a person without an own active case: that is looked at here, at the moment of asking. Where
 * the number of a client was corrected, the person before is followed no more and this one is.
 * @throws `notification.abonnement_refused`, `token.no_matching_credential`, what reading the own case and `CallBronhouder` throw
 */
export type ActAtBronhouder = (record: OwnAbonnement) => Promise<OwnAbonnement | undefined>

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

export function createActAtBronhouder(deps: ActAtBronhouderDeps): ActAtBronhouder {
  const { store, clock, audit, rules, servedSources, ownCases, names } = deps

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

  async function findCase({ party, zaak }: OwnAbonnement, rule: AbonnementRule): Promise<ActiveCase | undefined> {
    const cases = zaak && findCases({ party, source: zaak.source, rule, servedSources })
    return cases && ownCases.find(cases, zaak?.clientID ?? '', 'volgindicatie')
  }

  /** Nothing leaves before it is in the journal; there it stands too when it did not go well. */
  async function ask(
    { party, eventType, doel, bronhouder }: OwnAbonnement,
    action: AuditEvent['action'],
    call: Pick<BronhouderCall, 'membership' | 'query' | 'variables'>,
    bsn?: string,
  ): Promise<BronhouderAnswer> {
    const event = {
      code: 'abonnement.asked',
      action,
      party,
      object: { service: 'abonnementen', operation: eventType, peer: bronhouder },
      purpose: doel,
      ...(bsn === undefined ? {} : { persons: [personPseudonym(audit, bsn)] }),
    } as const
    await audit.record({ ...event, outcome: 'success' })
    try {
      return await deps.callBronhouder({ ...call, party, bronhouder })
    } catch (cause) {
      const error = NodeError.codeOf(cause)
      const outcome = error === 'notification.abonnement_refused' ? 'refused' : 'failed'
      await audit.record({ ...event, outcome, error })
      throw cause
    }
  }

  /** Without a case there is nothing to ask: then what was given before is to end. */
  async function take(record: OwnAbonnement): Promise<OwnAbonnement | undefined> {
    const { party, eventType, doel } = record
    const { membership, rule } = await findStanding(record)
    const bsn = rule.volgindicatie ? (await findCase(record, rule))?.bsn : undefined
    if (rule.volgindicatie && bsn === undefined) return ending(record)
    const input = {
      notificatieTypeID: eventType,
      abonneeIDType: membership.idType,
      abonneeID: membership.id,
      doel,
      grondslag: rule.grondslag,
      ...(bsn === undefined ? {} : { volgindicatie: { bsn } }),
    }
    const asked = { membership, query: create, variables: { input } }
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
    const { party, abonnementID, person } = record
    const { membership, rule } = await findStanding(record)
    const bsn = rule.volgindicatie ? (await findCase(record, rule))?.bsn : undefined
    if (rule.volgindicatie && bsn === undefined) return ending(record)
    if (bsn !== undefined && person !== undefined && person !== names.personOf(party, bsn)) {
      await endThere(record)
      return take(record)
    }
    try {
      const { data } = await ask(record, 'update', { membership, query: renew, variables: { input: { abonnementID } } })
      const renewed = read(answers.renew, data).verlengAbonnement
      return active(record, { geldigTot: Date.parse(renewed.geldigTot) })
    } catch (cause) {
      // It may have ended over there meanwhile: then another one is asked for.
      if (NodeError.codeOf(cause) !== 'notification.abonnement_refused') throw cause
      return take(record)
    }
  }

  async function stop(record: OwnAbonnement): Promise<undefined> {
    await endThere(record)
  }

  /** Returns when it has ended there, whoever ended it; or goes on for another case of the same person. */
  async function endThere(record: OwnAbonnement): Promise<void> {
    const { party, abonnementID, id, geldigTot = Number.POSITIVE_INFINITY } = record
    if (abonnementID === undefined || geldigTot < clock.now()) return
    const index = { name: 'given', value: givenValue(party, abonnementID) }
    const { items } = await store.records.list(ownAbonnementen, { index, limit: 100 })
    // Two cases of one person have one abonnement.
    if (items.some(({ value }) => value.id !== id && value.state !== 'ending')) return
    const [membership] = await deps.findMemberships(party)
    if (membership === undefined) throw new NodeError('token.no_matching_credential', { notes: ['no membership'] })
    // Continues on purpose: what is no longer allowed may still be ended.
    const { membership: standing } = await findStanding(record).catch(() => ({ membership }))
    try {
      await ask(record, 'delete', { membership: standing, query: end, variables: { id: abonnementID } })
    } catch (cause) {
      if (NodeError.codeOf(cause) !== 'notification.abonnement_refused') throw cause
    }
  }

  function active(
    record: OwnAbonnement,
    change: Partial<OwnAbonnement> & { readonly geldigTot: number },
  ): OwnAbonnement {
    const { lastError: _, ...rest } = record
    const now = clock.now()
    return { ...rest, ...change, state: 'active', givenFor: change.geldigTot - now, dueAt: now, failures: 0 }
  }

  /** What was never given is simply forgotten. */
  function ending(record: OwnAbonnement): OwnAbonnement | undefined {
    if (record.abonnementID === undefined) return undefined
    return { ...record, state: 'ending', dueAt: clock.now(), failures: 0 }
  }

  const acts = {
    wanted: take,
    renewing: prolong,
    ending: stop,
    active: async (record: OwnAbonnement) => record,
  } as const
  return (record) => acts[record.state](record)
}

function read<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const parsed = schema.safeParse(data)
  if (!parsed.success) throw new NodeError('outbound.bad_answer', { detail: 'an abonnement' })
  return parsed.data
}
