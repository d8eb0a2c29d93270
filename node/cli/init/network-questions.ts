import { resolve } from 'node:path'
import { packageFile } from '../../kernel/package-root.js'
import { readPacks } from '../../policy/pack.js'
import {
  faultOfDefinition,
  faultOfDemo,
  faultOfFile,
  faultOfPolicies,
  faultOfSource,
  faultOfTrust,
  splitIdentifier,
  splitSource,
} from './checks.js'
import { issuersPinnedBy } from './network-of.js'
import type { Answers, Question } from './question.js'

/** The whole country, in the EU list of countries. */
const nederland = 'http://publications.europa.eu/resource/authority/country/NLD'

/** The directory with the packs that guard the sources. */
export function policiesOf({ one }: Answers): string {
  const own = one('policies')
  return own === undefined ? packageFile('policies') : resolve(own)
}

/** Which network it joins, whom it trusts there, and whose packs it follows. */
export const networkQuestions: readonly Question[] = [
  {
    name: 'demo',
    value: 'DIR',
    asks: 'Directory of a demo network on this machine to join, such as .demo',
    about: 'for development: directory of a demo network on this machine to join',
    when: ({ one }) => one('use') === 'development',
    optional: true,
    fault: faultOfDemo,
  },
  {
    name: 'discovery',
    value: 'FILE',
    asks: 'Definition file of a discovery service to be listed in, as the network gives it (also to nuts-node v6)',
    about: 'definition file of a discovery service to be listed in, as the network gives it (also to nuts-node v6)',
    several: true,
    fault: faultOfDefinition,
  },
  {
    name: 'trust',
    value: 'TYPE=DID',
    asks: 'Whose credentials count (TYPE=DID); what is not named is trusted from nobody',
    about: 'whose credentials count, such as LedenadministratieCredential=did:web:…',
    several: true,
    tells: tellIssuers,
    fault: faultOfTrust,
  },
  {
    name: 'policies',
    value: 'DIR',
    asks: 'Directory with the packs of the network, instead of those that come with the node',
    about: 'directory with the packs of the network, instead of those that come with the node',
    optional: true,
    fault: faultOfPolicies,
  },
]

const yesOrNo = ['yes', 'no']

/** What it serves, tells and is told. */
export const sourceQuestions: readonly Question[] = [
  {
    name: 'source',
    value: 'SOURCE',
    asks: 'Data that it serves: NAME=SCHEMA for a register in the node, NAME=SCHEMA@URL for a GraphQL register or FHIR server it has',
    about:
      'data that it serves: NAME=SCHEMA for a register in the node, NAME=SCHEMA@URL for a register or FHIR server that is there already',
    several: true,
    fault: (text, answers) => faultOfSource(text, policiesOf(answers)),
  },
  {
    name: 'source-header',
    value: 'NAME=FILE',
    asks: 'File with the Authorization header for such a register or server (NAME=FILE)',
    about: 'file with the Authorization header for a register or FHIR server that is there already',
    when: ({ all }) => all('source').some((source) => source.includes('@')),
    several: true,
    fault: (text, { all }) => {
      const [name = '', file = ''] = text.split(/=(.*)/s)
      return all('source').some((source) => source.startsWith(`${name}=`))
        ? faultOfFile(file)
        : 'give NAME=FILE, with the name of a source'
    },
  },
  {
    name: 'contact',
    value: 'EMAIL',
    asks: 'E-mail address for questions about its data, which publishes a catalogue of them',
    about: 'e-mail address for questions about its data; publishes a catalogue of them',
    when: ({ all }) => all('source').length > 0,
    optional: true,
    fault: (text) => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? undefined : 'this is not an e-mail address'),
  },
  {
    name: 'region',
    value: 'IRI',
    asks: 'Region that the data are about, as an IRI',
    about: 'region that the data are about, as an IRI; default: its gemeente, or the country',
    when: ({ one }) => one('contact') !== undefined,
    usual: (answers) => gemeenteOf(answers) ?? nederland,
    fault: (text) => (/^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(text) ? undefined : 'give an absolute IRI'),
  },
  {
    name: 'authorizations',
    value: 'YES',
    choices: yesOrNo,
    asks: 'Let the node give authorizations for its registers by itself, by the rules of their packs',
    about: 'yes: the node gives authorizations for its registers by itself, by the rules of their packs; default: no',
    when: ({ all }) => all('source').some((source) => !source.includes('@')),
    usual: () => 'no',
    fault: (text, answers) => (text === 'yes' ? faultOfAuthorizations(answers) : undefined),
  },
  {
    name: 'notifications',
    value: 'YES',
    choices: yesOrNo,
    asks: 'Let others deliver notificaties and meldingen to it',
    about: 'yes: others deliver notificaties and meldingen to it, at a netwerkpunt; default: no',
    usual: () => 'no',
  },
  {
    name: 'tracing',
    value: 'URL',
    asks: 'Where an OpenTelemetry collector takes its traces',
    about: 'where an OpenTelemetry collector takes its traces, such as http://localhost:4318/v1/traces',
    optional: true,
    fault: (text) => (/^https?:\/\/./.test(text) && URL.canParse(text) ? undefined : 'give a URL'),
  },
]

async function faultOfAuthorizations(answers: Answers): Promise<string | undefined> {
  const packs = [...(await readPacks(policiesOf(answers))).values()]
  const kept = answers.all('source').filter((source) => !source.includes('@'))
  const gives = kept.some((source) =>
    packs.some(({ schema, authorizations }) => schema === splitSource(source).schema && authorizations.length > 0),
  )
  return gives ? undefined : 'no pack of these registers has rules to give authorizations by'
}

/** As TOOI names gemeenten. */
export function gemeenteOf({ all }: Answers): string | undefined {
  const code = all('identifier')
    .map(splitIdentifier)
    .find(({ kind }) => kind === 'gemeentecode')?.number
  return code === undefined ? undefined : `https://identifier.overheid.nl/tooi/id/gemeente/gm${code}`
}

async function tellIssuers({ all }: Answers): Promise<readonly string[]> {
  const pinned = (await Promise.all(all('discovery').map(issuersPinnedBy))).flat()
  return pinned.map((pair) => `the definition counts only ${pair.replace('=', ' of ')}`)
}
