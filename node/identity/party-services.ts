import { createHash } from 'node:crypto'
import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import type { Trace } from '../kernel/trace.js'
import type { Store } from '../stores/contracts.js'
import { encodeBase58 } from './base58.js'
import { changeParty, type Party, type PartyService } from './party.js'

/** A service without the id that it gets. */
export type NewService = Omit<PartyService, 'id'>

/** Whose services, on whose request. */
export interface ServiceRequest {
  readonly subject: string
  readonly trace?: Trace
}

/** Changes what parties publish in their documents. @see nuts-node v6 `/internal/vdr/v2/subject/{id}/service` */
export interface PartyServices {
  /** @throws `identity.party_unknown`, `identity.service_exists` for the same type and endpoint, or too many */
  add(request: ServiceRequest & { readonly service: NewService }): Promise<PartyService>
  /** Puts a service in the place of another. @throws as `add`, and `identity.service_unknown` */
  replace(request: ServiceRequest & { readonly id: string; readonly service: NewService }): Promise<PartyService>
  /** @throws `identity.party_unknown`, `identity.service_unknown` */
  remove(request: ServiceRequest & { readonly id: string }): Promise<void>
}

const maxServices = 50

/** Changes services in the store. A service is named by the fragment of its id, alone or behind a DID. */
export function createPartyServices({ store, audit }: { readonly store: Store; readonly audit: Audit }): PartyServices {
  async function change(
    { subject, trace }: ServiceRequest,
    derive: (party: Party) => readonly PartyService[],
  ): Promise<Party> {
    return changeParty(store, subject, async (party) => ({
      party: { ...party, services: derive(party) },
      account: audit.operation({
        code: 'party.changed',
        action: 'update',
        outcome: 'success',
        party: subject,
        actor: { did: party.did },
        reasons: ['services'],
        ...(trace === undefined ? {} : { trace }),
      }),
    }))
  }

  async function changeAndFind(
    request: ServiceRequest & { readonly service: NewService },
    keep: (services: readonly PartyService[]) => readonly PartyService[],
  ): Promise<PartyService> {
    const fragment = serviceFragment(request.service)
    const changed = await change(request, ({ did, services }) => {
      const kept = keep(services)
      const id = `${did}#${fragment}`
      if (kept.some((other) => other.id === id)) throw new NodeError('identity.service_exists')
      if (kept.length >= maxServices) {
        throw new NodeError('identity.service_exists', { notes: [`a subject has at most ${String(maxServices)}`] })
      }
      return [...kept, { id, ...request.service }]
    })
    return getService(changed.services, fragment)
  }

  return {
    add: (request) => changeAndFind(request, (services) => services),
    replace: (request) =>
      changeAndFind(request, (services) => {
        const replaced = getService(services, request.id)
        return services.filter((service) => service !== replaced)
      }),
    async remove(request) {
      await change(request, ({ services }) => {
        const removed = getService(services, request.id)
        return services.filter((service) => service !== removed)
      })
    },
  }
}

/**
 * The fragment of a service id: what the service says, hashed.
 * @see nuts-node v6 `didsubject`: base58btc of SHA-256 of the JSON with an empty id and sorted members, as Go writes it
 */
export function serviceFragment(service: NewService): string {
  const text = JSON.stringify(sorted({ ...service, id: '' })).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return encodeBase58(createHash('sha256').update(text).digest())
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}

function getService(services: readonly PartyService[], id: string): PartyService {
  const fragment = id.slice(id.indexOf('#') + 1)
  const service = services.find((candidate) => candidate.id.endsWith(`#${fragment}`))
  if (service === undefined) throw new NodeError('identity.service_unknown')
  return service
}
