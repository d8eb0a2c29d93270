import type { PartyCatalogue } from '../../schemas/catalogue.js'
import type { Participant } from './participants.js'

/** The whole country, in the EU list of countries. */
const nederland = 'http://publications.europa.eu/resource/authority/country/NLD'

/** What the catalogue of a participant says beside its sources; nothing for one that has none. */
export function catalogueOf({ name, organization, sources }: Participant): PartyCatalogue | undefined {
  if (sources.length === 0) return undefined
  const contact = `gegevens@${name}.example`
  if (organization.id_type !== 'gemeentecode') return { name: organization.name, contact, spatial: [nederland] }
  // As TOOI names gemeenten; these do not exist.
  const gemeente = `https://identifier.overheid.nl/tooi/id/gemeente/gm${organization.id}`
  return { name: organization.name, contact, identifier: gemeente, spatial: [gemeente] }
}
