import { createHmac } from 'node:crypto'
import type { Instant } from '../../kernel/clock.js'
import { idOfDigest } from '../../kernel/digest-id.js'
import type { Collection, Key } from '../../stores/contracts.js'
import { partyKey } from '../memberships.js'
import type { MessageParty } from '../../../schemas/wire/notification.js'

/** Who has an abonnement: an organisation in one of its roles, so that one desk of it does not see that of another. */
export interface Abonnee extends MessageParty {
  readonly role: string
}

/** An abonnement as the bronhouder keeps it. Holds no number of a person. */
export interface AbonnementRecord {
  readonly abonnementID: string
  /** The local name of the bronhouder. */
  readonly party: string
  readonly abonnee: Abonnee
  readonly eventType: string
  readonly doel: string
  readonly grondslag: string
  readonly createdAt: Instant
  /** After this it is gone. */
  readonly geldigTot: Instant
  /** For a volgindicatie: the pseudonym of the person. */
  readonly person?: string
}

/** By bronhouder, abonnee and abonnementID; `match` finds who follows a person in one kind of event. */
export const abonnementen: Collection<AbonnementRecord> = {
  name: 'abonnementen',
  indexes: { match: ({ party, eventType, person }) => matchValue(party, eventType, person) },
}

/** How many abonnementen an abonnee took; by bronhouder and abonnee. */
export interface AbonnementCount {
  /** Never too low: those that ended by themselves are in it until it is counted again. */
  readonly count: number
  readonly countedAt: Instant
}
export const abonnementCounts: Collection<AbonnementCount> = { name: 'abonnementen-counted' }

/** The value of the index; without a person: those that are about nobody in particular. */
export function matchValue(party: string, eventType: string, person: string | undefined): string {
  return [party, eventType, person ?? '*'].join(' ')
}

export function abonneeKey(party: string, { role, ...organization }: Abonnee): Key {
  return [party, `${role} ${partyKey(organization)}`]
}

/** Names that only this node can make: of persons, and of the abonnementen that somebody can have. */
export interface AbonnementNames {
  /**
   * The pseudonym of a person at one bronhouder for one kind of event, so that lists of different kinds cannot be laid side
   * by side. Whoever has the store and not the key cannot find the number by trying all.
   */
  personOf(party: string, eventType: string, bsn: string): string
  /** The id of the abonnement of this abonnee on this: always the same, so that asking twice gives one. A UUID. */
  idOf(party: string, abonnee: Abonnee, about: Pick<AbonnementRecord, 'eventType' | 'doel' | 'person'>): string
}

/** @param key 32 secret bytes, the same for the life of the store */
export function createAbonnementNames(key: Buffer): AbonnementNames {
  const digest = (...parts: readonly string[]): Buffer =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest()
  return {
    personOf: (party, eventType, bsn) => digest('person', party, eventType, bsn).toString('base64url'),
    idOf(party, abonnee, { eventType, doel, person = '' }) {
      const about = ['abonnement', ...abonneeKey(party, abonnee), eventType, doel, person]
      return idOfDigest((turn) => digest(...about, String(turn)))
    },
  }
}
