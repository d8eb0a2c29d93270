import type { DienstencatalogusData } from '../../schemas/wire/dienstencatalogus.js'
import { codeOf, type Catalogue } from './catalogue.js'
import { roleList } from './vocabulary.js'

/** Receivers as RFC0029 has them; others have no word of their own there. */
const targets: Readonly<Record<string, string>> = {
  zorgaanbieder: 'WLZ_ZORGAANBIEDER',
  zorgkantoor: 'ZORGKANTOOR',
  ciz: 'CIZ',
  cak: 'CAK',
}

/**
 * The dienstencatalogus of a party: what it tells others of, as RFC0029 lists it, with what that has no place for. Made of
 * what the catalogue says, so both say the same. An event type that several datasets give stands there once.
 * @see iWlz RFC0029
 */
export function toDienstencatalogus({ publisher, datasets }: Catalogue): DienstencatalogusData {
  const entries = new Map(
    datasets.flatMap(({ id, events = [] }) =>
      events.map((event) => {
        const role = codeOf(event.role, roleList) ?? event.role
        const entry = {
          organisatieId: publisher.did,
          notificatieTypeID: event.eventType,
          notificatieType: event.notificatieType,
          notificatieDoel: targets[role] ?? 'ANDERS',
          notificatieOmschrijving: event.title['nl'] ?? Object.values(event.title)[0] ?? '',
          idTypeAbonnee: event.idTypeAbonnee,
          eventType: event.change,
          objectIDType: event.objectIDType,
          ontvangerRol: role,
          grondslag: { text: event.grondslag, status: event.grondslagStatus },
          cloudEventsType: event.cloudEventsType,
          dataset: id,
        }
        return [event.eventType, entry] as const
      }),
    ),
  )
  return { notificatieTypen: [...entries.values()] }
}
