import type { EventType } from '../../schemas/events.js'
import type { CatalogueDocumentEvent } from './build-document.js'
import { kat, roleList } from './vocabulary.js'

/** An event type that a source can give, and on which ground it is given. */
export interface OfferedEvent {
  readonly type: EventType
  readonly grondslag: EventType['grondslag']
}

/** The kinds of number under which receivers in a role are usually known. */
const usualIDTypes: Readonly<Record<EventType['receiverRole'], string>> = {
  zorgkantoor: 'UZOVI',
  zorgaanbieder: 'AGB',
  huisarts: 'AGB',
  gemeente: 'OIN',
  cak: 'KVK',
  ciz: 'KVK',
  bronhouder: 'OIN',
}

/**
 * How a catalogue describes an event type: a thing of its own, at the place of the catalogue, in the words of the network.
 * @see iWlz RFC0029
 */
export function buildEvent(catalogue: string, { type, grondslag }: OfferedEvent): CatalogueDocumentEvent {
  const { eventType, notificatieType, receiverRole, omschrijving, objectIDType, cloudEventsType, receivers } = type
  return {
    id: `${catalogue}/events/${eventType}`,
    type: 'kat:EventType',
    title: { nl: omschrijving },
    'kat:eventType': eventType,
    'kat:notificatieType': notificatieType,
    'kat:recipientRole': { id: `${roleList}${receiverRole}` },
    'kat:idTypeAbonnee': receivers.by === 'field' ? receivers.idType : usualIDTypes[receiverRole],
    'kat:change': changeOf(type),
    'kat:objectIDType': objectIDType,
    'kat:cloudEventsType': cloudEventsType,
    'kat:grondslag': grondslag.text,
    'kat:grondslagStatus': grondslag.status,
  }
}

/** Which changes it tells of, in the words of RFC0029, which has none for what is removed. */
function changeOf({ source }: EventType): 'CREATE' | 'UPDATE' | 'ALL' {
  if (!('changes' in source)) return 'ALL'
  const [change, ...others] = source.changes
  if (others.length > 0) return 'ALL'
  return change === 'created' ? 'CREATE' : change === 'changed' ? 'UPDATE' : 'ALL'
}

/** Properties of an event type in a catalogue. */
export const eventProperties = {
  event: `${kat}event`,
  eventType: `${kat}eventType`,
  notificatieType: `${kat}notificatieType`,
  recipientRole: `${kat}recipientRole`,
  idTypeAbonnee: `${kat}idTypeAbonnee`,
  change: `${kat}change`,
  objectIDType: `${kat}objectIDType`,
  cloudEventsType: `${kat}cloudEventsType`,
  grondslag: `${kat}grondslag`,
  grondslagStatus: `${kat}grondslagStatus`,
} as const
