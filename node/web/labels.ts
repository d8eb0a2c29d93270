import { codeOf } from '../catalogue/catalogue.js'
import { roleList, selectorList } from '../catalogue/vocabulary.js'
import type { Language } from './language.js'

/** Codes of published lists in words: Dutch, English. What is not listed is shown as it is. */
type Labels = Readonly<Record<string, readonly [nl: string, en: string]>>

const europe = 'http://publications.europa.eu/resource/authority/'
const gdpr = 'https://w3id.org/dpv/legal/eu/gdpr#'

const labels: Labels = {
  [`${europe}access-right/PUBLIC`]: ['Openbaar', 'Public'],
  [`${europe}access-right/RESTRICTED`]: ['Beperkt: onder voorwaarden', 'Restricted: under conditions'],
  [`${europe}access-right/NON_PUBLIC`]: [
    'Niet openbaar: alleen wie daar recht op heeft',
    'Not public: only for those who are entitled',
  ],
  [`${europe}frequency/CONT`]: ['Doorlopend', 'Continuously'],
  [`${europe}frequency/UPDATE_CONT`]: ['Doorlopend', 'Continuously'],
  [`${europe}frequency/HOURLY`]: ['Elk uur', 'Every hour'],
  [`${europe}frequency/DAILY`]: ['Elke dag', 'Every day'],
  [`${europe}frequency/WEEKLY`]: ['Elke week', 'Every week'],
  [`${europe}frequency/MONTHLY`]: ['Elke maand', 'Every month'],
  [`${europe}frequency/QUARTERLY`]: ['Elk kwartaal', 'Every quarter'],
  [`${europe}frequency/ANNUAL`]: ['Elk jaar', 'Every year'],
  [`${europe}frequency/IRREG`]: ['Onregelmatig', 'Irregularly'],
  [`${europe}data-theme/HEAL`]: ['Gezondheid', 'Health'],
  [`${europe}data-theme/SOCI`]: ['Bevolking en samenleving', 'Population and society'],
  [`${europe}data-theme/GOVE`]: ['Overheid', 'Government'],
  [`${europe}country/NLD`]: ['Nederland', 'The Netherlands'],
  [`${gdpr}A6-1-a`]: ['Toestemming (AVG artikel 6 lid 1 onder a)', 'Consent (GDPR article 6(1)(a))'],
  [`${gdpr}A6-1-b`]: ['Overeenkomst (AVG artikel 6 lid 1 onder b)', 'Contract (GDPR article 6(1)(b))'],
  [`${gdpr}A6-1-c`]: [
    'Wettelijke verplichting (AVG artikel 6 lid 1 onder c)',
    'Legal obligation (GDPR article 6(1)(c))',
  ],
  [`${gdpr}A6-1-d`]: ['Vitaal belang (AVG artikel 6 lid 1 onder d)', 'Vital interest (GDPR article 6(1)(d))'],
  [`${gdpr}A6-1-e`]: ['Taak van algemeen belang (AVG artikel 6 lid 1 onder e)', 'Public task (GDPR article 6(1)(e))'],
  [`${gdpr}A6-1-f`]: [
    'Gerechtvaardigd belang (AVG artikel 6 lid 1 onder f)',
    'Legitimate interest (GDPR article 6(1)(f))',
  ],
  [`${gdpr}A9-2-a`]: [
    'Uitdrukkelijke toestemming (AVG artikel 9 lid 2 onder a)',
    'Explicit consent (GDPR article 9(2)(a))',
  ],
  [`${gdpr}A9-2-h`]: [
    'Zorg en behandeling (AVG artikel 9 lid 2 onder h)',
    'Health or social care (GDPR article 9(2)(h))',
  ],
  [`${gdpr}A9-2-i`]: ['Volksgezondheid (AVG artikel 9 lid 2 onder i)', 'Public health (GDPR article 9(2)(i))'],
  [`${selectorList}bsn-at-source`]: [
    'U weet uit eigen gegevens wie de bronhouder is, zoals de gemeente van de woonplaats, en vraagt het die ene bronhouder.',
    'You know the holder from data of your own, such as the municipality where somebody lives, and ask that one holder.',
  ],
  [`${selectorList}chain`]: [
    'Een eerder antwoord noemt de volgende bronhouder.',
    'An earlier answer names the next holder.',
  ],
  [`${selectorList}localisation-index`]: [
    'Een landelijke index zegt onder pseudoniem wie gegevens heeft.',
    'A national index says under a pseudonym who holds data.',
  ],
  [`${selectorList}patient-designated`]: [
    'De persoon zelf, of een verwijzing, noemt de bronhouder.',
    'The person, or a referral, names the holder.',
  ],
  [`${selectorList}no-persons`]: [
    'Er staan geen personen in: deze gegevens gaan over organisaties.',
    'No persons are in it: these data are about organisations.',
  ],
  geldend: ['geldend', 'in force'],
  'te-wijzigen': ['wacht op wetswijziging', 'waits for a change of law'],
  experiment: ['experiment', 'experiment'],
  toestemming: ['op grond van toestemming', 'by consent'],
  QUERY: ['Raadplegen', 'Read'],
  IWLZ_VERPLICHT: ['altijd', 'always'],
  IWLZ_VRIJWILLIG: ['met een abonnement', 'by abonnement'],
  VRIJWILLIG: ['met een abonnement of afspraak', 'by abonnement or agreement'],
}

/** A code in words, or as it is when it is of no list that is known. */
export function labelOf(code: string, language: Language): string {
  const known = Object.hasOwn(labels, code) ? labels[code] : undefined
  return known?.[language === 'nl' ? 0 : 1] ?? code
}

const initials = new Set(['cak', 'ciz', 'svb', 'ggd'])

/** A role as people write it; an IRI of another list stays as it is. */
export function roleLabel(role: string): string {
  const code = codeOf(role, roleList) ?? role
  if (code.includes(':')) return code
  const words = code.toLowerCase().replaceAll(/[_-]/g, ' ')
  return initials.has(words) ? words.toUpperCase() : words.replace(/^./, (first) => first.toUpperCase())
}

const laws: Readonly<Record<string, string>> = {
  BWBR0005290: 'Burgerlijk Wetboek Boek 7',
  BWBR0015703: 'Participatiewet',
  BWBR0018450: 'Zorgverzekeringswet',
  BWBR0023864: 'Wet aanvullende bepalingen verwerking persoonsgegevens in de zorg',
  BWBR0034925: 'Jeugdwet',
  BWBR0035362: 'Wet maatschappelijke ondersteuning 2015',
  BWBR0035917: 'Wet langdurige zorg',
  BWBR0036014: 'Regeling langdurige zorg',
}

/** The name of a law and its article, out of a reference to wetten.overheid.nl; another address as it is. @see JCI 1.3 */
export function lawLabel(iri: string): string {
  const [, number = '', rest = ''] =
    /^https?:\/\/wetten\.overheid\.nl\/(?:jci1\.\d+:[cv]:)?(BWB[RV]\d{7})(.*)$/.exec(iri) ?? []
  if (number === '') return iri
  const article = /[&?]artikel=([^&]+)/.exec(rest)?.[1]
  const law = laws[number] ?? number
  return article === undefined ? law : `${law}, artikel ${article}`
}
