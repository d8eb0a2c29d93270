import { createHmac } from 'node:crypto'
import type { Instant } from '../../kernel/clock.js'
import { idOfDigest } from '../../kernel/digest-id.js'
import type { ErrorCode } from '../../kernel/errors.js'
import type { Collection } from '../../stores/contracts.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'

/** What a party wants to be told of, and by whom. */
export interface Wanted {
  /** The local name of the party. */
  readonly party: string
  /** As `resolve-endpoint` takes it: a role that one organisation has, a DID, or a kind of identifier with the identifier. */
  readonly bronhouder: string
  readonly eventType: string
  readonly doel: string
  /** For a volgindicatie: the own case that it rests on, by source and key. The person is looked up there when needed. */
  readonly zaak?: { readonly source: string; readonly clientID: string }
}

/**
 * An abonnement that this node has elsewhere, for a party of its own.
 *
 * `wanted`: to be asked; `active`: there is one; `renewing`: it is to last longer; `ending`: it is to be ended.
 */
export interface OwnAbonnement extends Wanted {
  readonly id: string
  readonly state: 'wanted' | 'active' | 'renewing' | 'ending'
  /** Whether the settings want it; else somebody asked for it. */
  readonly origin: 'settings' | 'application'
  readonly since: Instant
  /** As the bronhouder gave it. */
  readonly abonnementID?: string
  /** Who gave it: what comes under it from anybody else does not count. */
  readonly givenBy?: { readonly did?: string; readonly organization?: MessageParty }
  /** How long it lasted when it was given, in milliseconds, and until when it does. */
  readonly givenFor?: number
  readonly geldigTot?: Instant
  /** Pseudonym of the person at the time it was given, to see that the number of a client was corrected. */
  readonly person?: string
  /** When it is tried next, and how often it failed since it last went well. */
  readonly dueAt: Instant
  readonly failures: number
  readonly lastError?: ErrorCode
}

/** By party and id. */
export const ownAbonnementen: Collection<OwnAbonnement> = {
  name: 'abonnementen-own',
  indexes: {
    /** What there is to do. */
    work: ({ state }) => (state === 'active' ? undefined : 'now'),
    given: ({ party, abonnementID }) => (abonnementID === undefined ? undefined : givenValue(party, abonnementID)),
    case: ({ party, zaak }) => zaak && caseValue(party, zaak),
  },
}

export function givenValue(party: string, abonnementID: string): string {
  return `${party} ${abonnementID}`
}

export function caseValue(party: string, { source, clientID }: NonNullable<Wanted['zaak']>): string {
  return `${party} ${source} ${clientID}`
}

/** Clients of whom something in the register of a party changed, to be looked at: by party, source and key. */
export const changedCases: Collection<{ readonly at: Instant }> = { name: 'abonnementen-changed-cases' }

/** The names of own records: one for each thing that can be wanted. */
export interface OwnNames {
  /** A UUID. */
  idOf(wanted: Wanted): string
  personOf(party: string, bsn: string): string
}

/** @param key 32 secret bytes, the same for the life of the store */
export function createOwnNames(key: Buffer): OwnNames {
  const digest = (...parts: readonly string[]): Buffer =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest()
  return {
    idOf({ party, bronhouder, eventType, doel, zaak }) {
      const wanted = ['own', party, bronhouder, eventType, doel, zaak?.source ?? '', zaak?.clientID ?? '']
      return idOfDigest((turn) => digest(...wanted, String(turn)))
    },
    personOf: (party, bsn) => digest('own person', party, bsn).toString('base64url'),
  }
}
