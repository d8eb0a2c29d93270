import { join } from 'node:path'
import { memberRoles } from '../../../schemas/credentials/ledenadministratie.js'
import {
  faultOfAdministrator,
  faultOfCertificateKey,
  faultOfFile,
  faultOfIdentifier,
  faultOfPassphraseFile,
  faultOfPort,
  faultOfStorage,
  faultOfUrl,
} from './checks.js'
import { networkQuestions, sourceQuestions } from './network-questions.js'
import type { Answers, Question } from './question.js'

/** Where a set-up is made, and whether databases and vaults are tried. */
export interface Surroundings {
  /** Absolute. */
  readonly directory: string
  readonly offline: boolean
}

const isDevelopment = ({ one }: Answers): boolean => one('use') === 'development'
const endsTls = ({ one }: Answers): boolean => one('tls') === 'node'
const keysAreIn = ({ one }: Answers, ...stores: readonly string[]): boolean => stores.includes(one('keys') ?? '')

/** The file with the passphrase of the keys that is made when nobody names one. */
export function madePassphraseFile({ directory }: Surroundings): string {
  return join(directory, 'secrets', 'keys-passphrase')
}

/** The answer by which nobody signs in. */
export const noAdministrator = 'none'

/** The first administrator, when callers are to sign in. */
export function administratorOf({ one }: Answers): string | undefined {
  const name = one('administrator')
  return name === noAdministrator ? undefined : name
}

/** Everything that is asked, in its order. To add one: a row here, and its setting in `settings.ts`. */
export function createQuestions(surroundings: Surroundings): readonly Question[] {
  return [
    ...organizationQuestions,
    ...addressQuestions,
    ...keepingQuestions(surroundings),
    ...networkQuestions,
    ...sourceQuestions,
  ]
}

const organizationQuestions: readonly Question[] = [
  {
    name: 'use',
    value: 'USE',
    choices: ['production', 'development'],
    asks: 'What is the node for',
    about: 'production, or development: on this machine only, strict mode off',
    usual: () => 'production',
  },
  { name: 'organization', value: 'NAME', asks: 'Name of the organisation', about: 'name of the organisation' },
  { name: 'city', value: 'CITY', asks: 'City of its seat', about: 'city of its seat', optional: true },
  {
    name: 'role',
    value: 'ROLE',
    choices: memberRoles,
    asks: 'Its role in the network',
    about: 'its role in the network, for the membership that it asks',
    optional: true,
  },
  {
    name: 'identifier',
    value: 'KIND:NUMBER',
    asks: 'A number that it is known by (agb, uzovi, kvk, ura, oin or gemeentecode, such as kvk:90000380)',
    about: 'a number that it is known by: agb, uzovi, kvk, ura, oin or gemeentecode; the first is for the membership',
    several: true,
    fault: faultOfIdentifier,
  },
  {
    name: 'subject',
    value: 'NAME',
    asks: 'Short name, which becomes part of URLs',
    about: 'short name, which becomes part of URLs; default: made of its name',
    usual: ({ one }) => slugOf(one('organization') ?? ''),
    fault: (text) =>
      /^[a-zA-Z0-9._-]{1,64}$/.test(text) ? undefined : 'letters, digits, dot, underscore and hyphen only',
  },
]

const addressQuestions: readonly Question[] = [
  {
    name: 'url',
    value: 'URL',
    asks: 'URL by which others reach the node',
    about: 'URL by which others reach the node; for real use https',
    usual: (answers) => (isDevelopment(answers) ? 'http://localhost:8080' : undefined),
    fault: faultOfUrl,
  },
  {
    name: 'tls',
    value: 'WHO',
    choices: ['proxy', 'node'],
    asks: 'Who ends TLS',
    about: 'who ends TLS: a proxy in front of the node, or the node with a certificate',
    when: ({ one }) => one('url')?.startsWith('https:') === true,
    usual: () => 'proxy',
  },
  {
    name: 'client-address-header',
    value: 'HEADER',
    asks: 'Header in which the proxy says who calls',
    about: 'header in which the proxy says who calls; the proxy must set it itself',
    when: ({ one }) => one('tls') === 'proxy',
    usual: () => 'X-Forwarded-For',
    fault: (text) => (/^[A-Za-z0-9-]{1,64}$/.test(text) ? undefined : 'this is not the name of a header'),
  },
  {
    name: 'certificate',
    value: 'FILE',
    asks: 'PEM file with its certificate, then those of its authorities',
    about: 'PEM file with the certificate of the node, then those of its authorities',
    when: endsTls,
    fault: faultOfFile,
  },
  {
    name: 'certificate-key',
    value: 'FILE',
    asks: 'PEM file with the private key of the certificate',
    about: 'PEM file with the private key of the certificate',
    when: endsTls,
    fault: faultOfCertificateKey,
  },
  {
    name: 'public-port',
    value: 'PORT',
    asks: 'Port for others',
    about: 'port that the node opens for others',
    usual: (answers) => (endsTls(answers) || isDevelopment(answers) ? portOf(answers.one('url')) : '8080'),
    fault: faultOfPort,
  },
  {
    name: 'internal-host',
    value: 'ADDRESS',
    asks: 'Address for applications and administrators',
    about:
      'address for applications and administrators; another than of this machine needs an administrator to sign in',
    usual: () => '127.0.0.1',
    fault: (text) =>
      /^[A-Za-z0-9.:-]{1,253}$/.test(text) ? undefined : 'give an address or host name of this machine',
  },
  {
    name: 'internal-port',
    value: 'PORT',
    asks: 'Port for them',
    about: 'port for applications and administrators',
    usual: () => '8081',
    fault: (text, { one }) =>
      text === one('public-port') ? 'this is the port for others: give another' : faultOfPort(text),
  },
  {
    name: 'administrator',
    value: 'NAME',
    asks: `Name of the first administrator, for whom a key to sign in is made (${noAdministrator}: nobody is asked who calls)`,
    about: `name of the first administrator, for whom a key to sign in is made; ${noAdministrator}: nobody is asked who calls`,
    optional: true,
    usual: (answers) => (isDevelopment(answers) ? undefined : 'administrator'),
    fault: faultOfAdministrator,
  },
]

function keepingQuestions(surroundings: Surroundings): readonly Question[] {
  const { directory, offline } = surroundings
  const made = madePassphraseFile(surroundings)
  return [
    {
      name: 'storage',
      value: 'URL',
      asks: 'Where everything is kept (level:<directory>, or postgresql://<user>@<host>/<database>)',
      about: 'where everything is kept: level:<directory>, or postgresql://<user>@<host>/<database>',
      usual: () => `level:${join(directory, 'data')}`,
      fault: (url) => faultOfStorage(url, { offline }),
    },
    {
      name: 'keys',
      value: 'STORE',
      choices: ['file', 'vault-transit', 'vault-kv'],
      asks: 'Where private keys live',
      about: 'where private keys live: encrypted files, or an engine of HashiCorp Vault',
      usual: () => 'file',
    },
    {
      name: 'passphrase-file',
      value: 'FILE',
      asks: 'File with the passphrase of the keys; it is made when it is not there',
      about: `file with the passphrase of the keys; without it one is made in the directory of the node`,
      when: (answers) => keysAreIn(answers, 'file'),
      usual: () => made,
      fault: (file) => faultOfPassphraseFile(file, { made }),
    },
    {
      name: 'vault-address',
      value: 'URL',
      asks: 'URL of Vault',
      about: 'URL of Vault',
      when: (answers) => keysAreIn(answers, 'vault-transit', 'vault-kv'),
      fault: (text) => (/^https?:\/\/./.test(text) && URL.canParse(text) ? undefined : 'give a URL'),
    },
    {
      name: 'vault-token-file',
      value: 'FILE',
      asks: 'File with the token for Vault',
      about: 'file with the token for Vault, which its agent keeps fresh',
      when: (answers) => keysAreIn(answers, 'vault-transit', 'vault-kv'),
      fault: faultOfFile,
    },
    {
      name: 'vault-prefix',
      value: 'NAME',
      asks: 'What the names of the keys in Vault begin with',
      about: 'what the names of the keys in Vault begin with; another one for each node',
      when: (answers) => keysAreIn(answers, 'vault-transit'),
      usual: () => 'bronnet',
      fault: (text) => (/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(text) ? undefined : 'letters, digits and hyphens only'),
    },
  ]
}

function slugOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64)
}

function portOf(url = ''): string {
  const { protocol, port } = new URL(url)
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port
}
