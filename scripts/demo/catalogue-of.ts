import type { PartyCatalogue } from '../../schemas/catalogue.js'
import { discoveryService, stelselbeheerderName, type Participant } from './participants.js'

/** The whole country, in the EU list of countries. */
const nederland = 'http://publications.europa.eu/resource/authority/country/NLD'

/** The list of who takes part: what the stelselbeheerder holds. */
const memberList: PartyCatalogue['lists'][number] = {
  service: discoveryService,
  theme: 'HEAL',
  grondslag: {
    text: 'Afspraak van dit netwerk over wie eraan deelneemt (te toetsen door een jurist)',
    status: 'experiment',
  },
  legislation: ['https://wetten.overheid.nl/jci1.3:c:BWBR0035917&artikel=9.1.2'],
  legalBasis: ['A6-1-e'],
  purposes: {
    ADRESSERING: { nl: 'Vinden wie deelneemt en waar die te bereiken is', en: 'Finding who takes part and where' },
  },
}

/** What the catalogue of a participant says beside its sources; nothing for one that holds nothing. */
export function catalogueOf({ name, organization, sources }: Participant): PartyCatalogue | undefined {
  const lists = name === stelselbeheerderName ? [memberList] : []
  if (sources.length + lists.length === 0) return undefined
  const contact = `gegevens@${name}.example`
  if (organization.id_type !== 'gemeentecode') return { name: organization.name, contact, spatial: [nederland], lists }
  // As TOOI names gemeenten; these do not exist.
  const gemeente = `https://identifier.overheid.nl/tooi/id/gemeente/gm${organization.id}`
  return { name: organization.name, contact, identifier: gemeente, spatial: [gemeente], lists }
}
