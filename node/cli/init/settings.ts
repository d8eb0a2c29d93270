import { isAbsolute, join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { fhirSchema } from '../../../schemas/source-settings.js'
import type { ConfigurationInput } from '../../../schemas/configuration.js'
import type { PackData } from '../../../schemas/pack.js'
import { splitOnce, splitSource } from './checks.js'
import { gemeenteOf } from './network-questions.js'
import { administratorOf } from './questions.js'
import { authorizedKeysIn } from './administrator.js'
import type { Answers } from './question.js'

/** Settings that belong together, with the remark above them. */
interface Section {
  readonly about: readonly string[]
  readonly settings: Partial<ConfigurationInput>
}

/** What the settings need beside the answers. */
export interface SetUp {
  readonly answers: Answers
  /** Absolute. */
  readonly directory: string
  /** Last part of the DID of the party. */
  readonly id: string
  /** Ids of the discovery services to be listed in. */
  readonly services: readonly string[]
  /** Whose credentials count, by type. */
  readonly trust: Readonly<Record<string, readonly string[]>>
  readonly packs: readonly Pick<PackData, 'id' | 'schema' | 'authorizations'>[]
}

/** The file with settings: YAML with a remark above each part. Paths in it are absolute; no secret stands in it. */
export function writeSettings(setUp: SetUp): string {
  const head = [
    `Settings of the node of ${setUp.answers.one('organization') ?? ''}, written by \`bronnet init\`. Change them as you like.`,
    'What each means, and what else can be set: docs/settings.md. After a change: bronnet check-config, then start again.',
    'Secrets are in the files that are named here, or in the environment; never in this file.',
  ]
  const sections = sectionsOf(setUp).filter(({ settings }) => Object.keys(settings).length > 0)
  return [
    head.map(toRemark).join('\n'),
    ...sections.map(
      ({ about, settings }) => `${about.map(toRemark).join('\n')}\n${stringify(settings, { lineWidth: 0 })}`,
    ),
  ]
    .join('\n\n')
    .replace(/\n{3,}/g, '\n\n')
}

function toRemark(line: string): string {
  return `# ${line.replaceAll(/\s+/g, ' ')}`
}

function sectionsOf(setUp: SetUp): readonly Section[] {
  const { answers } = setUp
  const isDevelopment = answers.one('use') === 'development'
  return [
    {
      about: isDevelopment
        ? ['For development on this machine only: strict mode is off. Never publish such a node.']
        : ['Strict mode refuses or forces every insecure setting.'],
      settings: {
        strictmode: !isDevelopment,
        url: answers.one('url') ?? '',
        name: (answers.one('subject') ?? '').slice(0, 64),
        ...(isDevelopment ? { outbound: { loopback: true } } : {}),
      },
    },
    listeners(setUp, isDevelopment),
    {
      about: answers.one('storage')?.startsWith('level:')
        ? ['Where everything is kept. One process at a time; make backups with bronnet storage backup.']
        : ['Where everything is kept. The password of the database comes in the variable PGPASSWORD.'],
      settings: { storage: { url: absoluteStorage(answers.one('storage') ?? '') } },
    },
    keys(answers, setUp.directory),
    {
      about: ['Where traces go.'],
      settings: answers.one('tracing') === undefined ? {} : { tracing: { url: answers.one('tracing') ?? '' } },
    },
    discovery(setUp),
    {
      about: ['Whose credentials count, per type. A type that is not here is trusted from nobody.'],
      settings:
        Object.keys(setUp.trust).length === 0
          ? {}
          : { trust: Object.fromEntries(Object.entries(setUp.trust).map(([type, dids]) => [type, [...dids]])) },
    },
    {
      about: ['The packs: who may read what, at the sources below.'],
      settings:
        answers.one('policies') === undefined
          ? {}
          : { policies: { directory: resolve(answers.one('policies') ?? '') } },
    },
    party(setUp),
  ]
}

function listeners({ answers, directory }: SetUp, isDevelopment: boolean): Section {
  const header = answers.one('client-address-header')
  const certificate = answers.one('certificate')
  return {
    about: [
      ...(administratorOf(answers) === undefined
        ? [
            'The public side is for other nodes. The internal side is for your own applications and administrators: it asks nobody',
            'who calls, so whoever reaches its port administers the node. Keep it on this machine.',
          ]
        : [
            'The public side is for other nodes. The internal side is for your own applications and administrators: they sign in with',
            'a key that is listed in authorized_keys, each with a role. bronnet sign-in key makes more; a new line counts within seconds.',
          ]),
      ...(header === undefined ? [] : [`The proxy in front must set ${header} itself, whatever a caller sends.`]),
    ],
    settings: {
      http: {
        public: {
          ...(isDevelopment ? { host: '127.0.0.1' } : {}),
          port: Number(answers.one('public-port')),
          ...(header === undefined ? {} : { clientAddressHeader: header }),
          ...(certificate === undefined
            ? {}
            : { tls: { certificate: resolve(certificate), key: resolve(answers.one('certificate-key') ?? '') } }),
        },
        internal: {
          host: answers.one('internal-host') ?? '',
          port: Number(answers.one('internal-port')),
          ...(administratorOf(answers) === undefined
            ? {}
            : {
                auth: {
                  type: 'token_v2',
                  audience: new URL(answers.one('url') ?? '').hostname,
                  authorizedKeysPath: authorizedKeysIn(directory),
                },
              }),
        },
      },
    },
  }
}

function absoluteStorage(url: string): string {
  const directory = url.slice('level:'.length)
  return url.startsWith('level:') && !isAbsolute(directory) ? `level:${resolve(directory)}` : url
}

function keys(answers: Answers, directory: string): Section {
  const store = answers.one('keys')
  const passphraseFile = answers.one('passphrase-file')
  // Beside a store in a directory they have a place of their own already.
  const besides = answers.one('storage')?.startsWith('level:') === true ? {} : { directory: join(directory, 'keys') }
  if (passphraseFile !== undefined) {
    return {
      about: [
        'Private keys are encrypted under the passphrase in this file. Keep a copy of both elsewhere: a backup of the store',
        'does not hold them.',
      ],
      settings: { keys: { store: 'file', ...besides, passphraseFile: resolve(passphraseFile) } },
    }
  }
  const prefix = answers.one('vault-prefix')
  const vault = {
    address: answers.one('vault-address') ?? '',
    tokenFile: resolve(answers.one('vault-token-file') ?? ''),
    ...(prefix === undefined ? {} : { prefix }),
  }
  return {
    about: ['Private keys live in Vault; docs/operate.md says what the token must be allowed.'],
    settings: { keys: { store: store === 'vault-kv' ? 'vault-kv' : 'vault-transit', vault } },
  }
}

function discovery({ services, answers, directory }: SetUp): Section {
  if (services.length === 0) return { about: [], settings: {} }
  const subject = answers.one('subject') ?? ''
  return {
    about: [
      'The discovery services of the network, and where this organisation is listed as soon as it can show what they ask.',
    ],
    settings: {
      discovery: {
        definitions: join(directory, 'discovery'),
        registrations: services.map((service) => ({ service, subject })),
      },
    },
  }
}

function party({ answers, id, packs }: SetUp): Section {
  const sources = answers.all('source').map((text) => {
    const { name, schema, url } = splitSource(text)
    const header = answers.all('source-header').find((pair) => pair.startsWith(`${name}=`))
    const [, headerFile] = splitOnce(header ?? '', '=')
    const pack = packs.find((candidate) => candidate.schema === schema)
    const gives = url === undefined && (pack?.authorizations.length ?? 0) > 0 && answers.one('authorizations') === 'yes'
    return {
      name,
      kind: url === undefined ? 'register' : schema === fhirSchema ? 'fhir' : 'graphql',
      schema,
      pack: pack?.id ?? '',
      ...(gives ? { authorizations: true } : {}),
      ...(url === undefined
        ? {}
        : { upstream: { url, ...(headerFile === undefined ? {} : { headerFile: resolve(headerFile) }) } }),
    }
  })
  const contact = answers.one('contact')
  const gemeente = gemeenteOf(answers)
  return {
    about: ['The organisation. Its DID is made of the URL and this id, so do not change them when others know it.'],
    settings: {
      parties: [
        {
          subject: answers.one('subject') ?? '',
          id,
          ...(sources.length === 0 ? {} : { sources }),
          ...(answers.one('notifications') === 'yes' ? { notifications: {} } : {}),
          ...(contact === undefined
            ? {}
            : {
                catalogue: {
                  name: answers.one('organization') ?? '',
                  contact,
                  ...(gemeente === undefined ? {} : { identifier: gemeente }),
                  spatial: [answers.one('region') ?? ''],
                },
              }),
        },
      ] as NonNullable<ConfigurationInput['parties']>, // The text is checked by the schema before it is written.
    },
  }
}
