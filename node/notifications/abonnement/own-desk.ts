import type { z } from 'zod'
import type { Audit } from '../../audit/audit.js'
import type { AuditEvent } from '../../audit/event.js'
import { personPseudonym } from '../../audit/person.js'
import type { ServedSources } from '../../access/served-sources.js'
import { toRfc3339, type Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { parseBsn } from '../../kernel/identifiers.js'
import type { Trace } from '../../kernel/trace.js'
import { put, type Store, type Stored } from '../../stores/contracts.js'
import { retryConflict } from '../../stores/retry-conflict.js'
import type {
  abonnementPageQuerySchema,
  orderAbonnementSchema,
  ownAbonnementPageSchema,
  ownAbonnementSchema,
} from '../../../schemas/wire/abonnement.js'
import type { AbonnementRules } from './abonnement-rules.js'
import type { ActiveCase, CasePlace, OwnCases } from './own-cases.js'
import { ownAbonnementen, type OwnAbonnement, type OwnNames, type Wanted } from './own-records.js'
import { findAnyRule, findCases } from './own-wishes.js'

type Order = z.output<typeof orderAbonnementSchema>
type Shown = z.output<typeof ownAbonnementSchema>

/** Who acts. */
export interface OrderedBy {
  readonly by: string
  readonly trace?: Trace
}

/** The abonnementen of a party at others, for its own applications and administrators. What is asked here is done soon after. */
export interface OwnAbonnementDesk {
  /**
   * Wants an abonnement; one that is there already stays. For a volgindicatie there must be an own active case.
   * @throws `notification.abonnement_unknown` for what there is no rule for, `notification.no_own_case`,
   *   `identifier.malformed`, `source.unknown`
   */
  order(party: string, order: Order, acting: OrderedBy): Promise<Shown>
  list(
    party: string,
    page: z.output<typeof abonnementPageQuerySchema>,
  ): Promise<z.output<typeof ownAbonnementPageSchema>>
  /** Wants that it lasts longer. @throws `notification.abonnement_unknown` */
  renew(party: string, id: string, acting: OrderedBy): Promise<Shown>
  /** Wants that it ends. @throws `notification.abonnement_unknown`, `notification.abonnement_by_settings` */
  end(party: string, id: string, acting: OrderedBy): Promise<Shown>
}

export interface OwnAbonnementDeskDeps {
  readonly store: Pick<Store, 'records' | 'write'>
  readonly clock: Clock
  readonly audit: Audit
  readonly rules: AbonnementRules
  readonly servedSources: Pick<ServedSources, 'find'>
  readonly ownCases: OwnCases
  readonly names: OwnNames
}

export function createOwnAbonnementDesk(deps: OwnAbonnementDeskDeps): OwnAbonnementDesk {
  const { store, clock, audit, rules, servedSources, ownCases, names } = deps

  async function findCase(place: CasePlace, zaak: NonNullable<Order['zaak']>): Promise<ActiveCase> {
    const { bsn, clientID } = zaak
    if ((bsn === undefined) === (clientID === undefined))
      throw new NodeError('request.bad_body', { notes: ['zaak: give bsn or clientID, and not both'] })
    const found =
      clientID === undefined
        ? await ownCases.findByBsn(place, parseBsn(bsn).reveal(), 'volgindicatie')
        : await ownCases.find(place, clientID.toLowerCase(), 'volgindicatie')
    if (found === undefined) throw new NodeError('notification.no_own_case')
    return found
  }

  async function getOwn(party: string, id: string): Promise<Stored<OwnAbonnement>> {
    const found = await store.records.get(ownAbonnementen, [party, id])
    if (found === undefined) throw new NodeError('notification.abonnement_unknown')
    return found
  }

  async function write(
    record: OwnAbonnement,
    expected: number | 'absent',
    { by, trace }: OrderedBy,
    action: AuditEvent['action'],
    bsn?: string,
  ): Promise<Shown> {
    const { party, bronhouder, eventType, doel } = record
    const event = audit.operation({
      code: 'abonnement.ordered',
      action,
      outcome: 'success',
      party,
      actor: { user: { id: by } },
      object: { service: 'abonnementen', operation: eventType, peer: bronhouder },
      purpose: doel,
      ...(bsn === undefined ? {} : { persons: [personPseudonym(audit, bsn)] }),
      ...(trace === undefined ? {} : { trace }),
    })
    await store.write([put(ownAbonnementen, [party, record.id], record, { expected }), event])
    return show(record)
  }

  return {
    async order(party, { bronhouder, eventType: asked, doel, zaak }, acting) {
      const rule = findAnyRule(rules, { eventType: asked, doel })
      if (rule === undefined)
        throw new NodeError('notification.abonnement_unknown', {
          notes: ['there is no rule for this event type and doel'],
        })
      if (rule.volgindicatie !== (zaak !== undefined))
        throw new NodeError('request.bad_body', {
          notes: [
            rule.volgindicatie ? 'zaak: is needed for a volgindicatie' : 'zaak: this follows nobody in particular',
          ],
        })
      const cases = zaak && findCases({ party, source: zaak.source, rule, servedSources })
      if (zaak !== undefined && cases === undefined) throw new NodeError('source.unknown')
      const active = zaak && cases && (await findCase(cases, zaak))
      const wanted: Wanted = {
        party,
        bronhouder,
        eventType: rule.eventType,
        doel,
        ...(active === undefined || zaak === undefined
          ? {}
          : { zaak: { source: zaak.source, clientID: active.clientID } }),
      }
      return retryConflict(async () => {
        const id = names.idOf(wanted)
        const found = await store.records.get(ownAbonnementen, [party, id])
        if (found !== undefined && found.value.state !== 'ending') return show(found.value)
        const now = clock.now()
        const state = found?.value.abonnementID === undefined ? ('wanted' as const) : ('renewing' as const)
        const fresh = { ...wanted, id, state, origin: 'application' as const, since: now, dueAt: now, failures: 0 }
        const record = found === undefined ? fresh : { ...found.value, ...fresh }
        return write(record, found?.version ?? 'absent', acting, 'create', active?.bsn)
      })
    },
    async list(party, { after, limit }) {
      const page = await store.records.list(ownAbonnementen, {
        prefix: [party],
        limit,
        ...(after === undefined ? {} : { after }),
      })
      return {
        abonnementen: page.items.map(({ value }) => show(value)),
        ...(page.next === undefined ? {} : { next: page.next }),
      }
    },
    renew: (party, id, acting) =>
      retryConflict(async () => {
        const { value, version } = await getOwn(party, id)
        const state = value.abonnementID === undefined ? ('wanted' as const) : ('renewing' as const)
        return write({ ...value, state, dueAt: clock.now(), failures: 0 }, version, acting, 'update')
      }),
    end: (party, id, acting) =>
      retryConflict(async () => {
        const { value, version } = await getOwn(party, id)
        if (value.origin === 'settings') throw new NodeError('notification.abonnement_by_settings')
        return write({ ...value, state: 'ending', dueAt: clock.now(), failures: 0 }, version, acting, 'delete')
      }),
  }
}

function show(record: OwnAbonnement): Shown {
  const { id, state, origin, bronhouder, eventType, doel, zaak, abonnementID } = record
  const { geldigTot, since, failures, lastError, dueAt } = record
  return {
    id,
    state,
    origin,
    bronhouder,
    eventType,
    doel,
    ...(zaak === undefined ? {} : { zaak }),
    ...(abonnementID === undefined ? {} : { abonnementID }),
    ...(geldigTot === undefined ? {} : { geldigTot: toRfc3339(geldigTot) }),
    since: toRfc3339(since),
    failures,
    ...(lastError === undefined ? {} : { lastError }),
    ...(state === 'active' ? {} : { triedAgainAt: toRfc3339(dueAt) }),
  }
}
