import { describe, expect, test } from '@jest/globals'
import { configurationFields } from '../../../schemas/configuration-fields.js'
import { configurationSchema, type Configuration } from '../../../schemas/configuration.js'

/** A configuration in which everything that can be set is set. */
const everything: Configuration = {
  strictmode: true,
  conformance: true,
  url: 'https://node.example.nl',
  name: 'node',
  contact: { name: 'Beheer', email: 'beheer@example.nl', url: 'https://example.nl' },
  storage: { url: 'level:./data' },
  http: {
    public: {
      host: '0.0.0.0',
      port: 8080,
      clientCertificate: { header: 'Client-Cert', proxies: ['10.0.0.1/32'] },
      clientAddressHeader: 'X-Forwarded-For',
      tls: {
        certificate: './chain.pem',
        key: './key.pem',
        host: '0.0.0.0',
        port: 8443,
        url: 'https://node.example.nl:8443',
        clientCertificates: true,
      },
      refusalsPerMinute: 300,
      connectionsPerAddress: 250,
    },
    internal: {
      host: '127.0.0.1',
      port: 8081,
      names: ['node.intern.example.nl'],
      auth: {
        type: 'token_v2',
        audience: 'node.example.nl',
        authorizedKeysPath: '/etc/bronnet/authorized_keys',
        defaultRole: 'reader',
        singleUse: true,
      },
    },
    drainSeconds: 5,
  },
  keys: {
    store: 'vault-kv',
    directory: './keys',
    passphrase: 'een lange zin',
    passphraseFile: './passphrase',
    vault: {
      address: 'https://vault.example.nl',
      tokenFile: './token',
      namespace: 'zorg',
      mount: 'kv',
      prefix: 'bronnet',
      version: 2,
    },
  },
  parties: [
    {
      subject: 'ciz',
      id: '8f9b2f0e-6f0c-4a57-9d0a-1c1f0a7d9b11',
      sources: [
        {
          name: 'a',
          kind: 'register',
          schema: 'indicatieregister-2',
          pack: 'indicatieregister',
          seed: './seed',
          authorizations: true,
          codes: [{ file: './codes.json', fields: ['Toewijzing.productcode'] }],
          decisionPoint: 'https://pdp.example.nl',
          upstream: { url: 'https://a.nl', headerName: 'A', headerFile: './a', timeoutSeconds: 1, maxBytes: 2048 },
          statuses: 'iwlz',
          graphql: { http: 'standard', strictAccept: true, introspection: true },
        },
      ],
      notifications: {
        statuses: 'iwlz',
        graphql: { http: 'standard', strictAccept: true },
        perSecond: 10,
        queued: 100,
        abonnementen: [{ bronhouder: 'ciz', eventType: 'NIEUWE_INDICATIE_CAK', doel: 'EIGEN_BIJDRAGE', zaken: 'a' }],
        maxAbonnementen: 1000,
        timers: { AFLOPENDE_TOEWIJZING_ZORGAANBIEDER: 60, AFLOPENDE_TOEWIJZING_ZORGKANTOOR: 'off' },
        senders: ['ciz'],
      },
      clientCertificate: { certificate: './client.pem', key: './client-key.pem' },
      nid: {
        issuer: 'a',
        authorities: './authorities.pem',
        networks: ['10.0.0.0/8'],
        lifetimeSeconds: 3600,
        known: [
          {
            serial: '1',
            fingerprint: 'a'.repeat(64),
            organization: { name: 'A', city: 'B', role: 'zorgkantoor', id_type: 'uzovi', id: '5999' },
            membership: './lid.jwt',
            actsFor: [{ id_type: 'agb', id: '06999901', consent: 'a' }],
          },
        ],
      },
      catalogue: {
        name: 'CIZ',
        contact: 'gegevens@ciz.example',
        homepage: 'https://ciz.example/',
        identifier: 'https://ciz.example/id',
        spatial: ['http://publications.europa.eu/resource/authority/country/NLD'],
        description: 'Gegevens van het CIZ.',
        lists: [
          {
            service: 'deelnemers',
            theme: 'HEAL',
            grondslag: { text: 'Afspraak', status: 'experiment' },
            legislation: ['https://wetten.overheid.nl/jci1.3:c:BWBR0035917'],
            legalBasis: ['A6-1-e'],
            purposes: { ADRESSERING: { nl: 'Vinden wie deelneemt', en: 'Finding who takes part' } },
          },
        ],
      },
    },
  ],
  trust: { LedenadministratieCredential: ['did:web:a'] },
  notifications: { webhookSecrets: { zaaksysteem: './webhook-secret' }, keepDays: 90 },
  policies: {
    directory: './policies',
    decisionPoint: 'https://pdp.example.nl',
    url: 'https://pdp.example.nl',
    sandbox: true,
  },
  discovery: {
    definitions: './discovery',
    server: ['a'],
    registrations: [{ service: 'a', subject: 'ciz', parameters: { a: 'b' } }],
    refreshSeconds: 60,
    index: { enabled: true, authority: './authority.json', public: false },
  },
  tokens: { lifetimeSeconds: 900, keepPresentations: true, dpopNonce: true },
  audit: {
    checkpointSeconds: 60,
    checkpoints: './checkpoints',
    anchors: ['https://anker.example.nl'],
    retentionYears: 5,
    retentionGround: 'bewaartermijn verstreken',
    holdFrom: '2026-01-01',
    anchoring: [{ name: 'a', key: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } }],
  },
  outbound: {
    timeoutSeconds: 5,
    loopback: false,
    allowedNetworks: ['10.0.0.0/8'],
    deniedNetworks: ['10.0.0.0/8'],
    allowedPorts: [1],
    certificateAuthorities: ['./ca.pem'],
  },
  tracing: { url: 'https://traces.example.nl/v1/traces', ratio: 0.1, headersFile: './headers' },
  log: { level: 'info' },
}

/** The paths of every value: of lists of mappings also the list, of other lists and of free mappings only these. */
function pathsOf(value: unknown, path: string): readonly string[] {
  const free = [
    'trust',
    'discovery.registrations[].parameters',
    'notifications.webhookSecrets',
    'parties[].catalogue.lists[].purposes',
    'parties[].notifications.timers',
  ]
  if (free.includes(path)) return [path]
  if (Array.isArray(value)) {
    const [first]: readonly unknown[] = value
    return typeof first === 'object' ? [path, ...pathsOf(first, `${path}[]`)] : [path]
  }
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, member]) => pathsOf(member, path === '' ? name : `${path}.${name}`))
}

describe('the fields of the configuration', () => {
  test('are all that can be set, each once', () => {
    expect(configurationSchema.parse(everything)).toEqual(everything)
    const paths = configurationFields.map(({ path }) => path)
    expect([...paths].sort()).toEqual([...pathsOf(everything, '')].sort())
    expect(new Set(paths).size).toBe(paths.length)
  })

  test.each(configurationFields)('$path has a description of one line', ({ description }) => {
    expect(description).toMatch(/^[^\n]{10,}$/)
  })

  test.each(configurationFields.filter(({ variable }) => variable !== undefined))(
    '$path is set by $variable',
    ({ path, variable }) => {
      expect(variable).toBe(`BRONNET_${path.replaceAll('.', '_').toUpperCase()}`)
    },
  )

  test('have a variable unless they are, or are in, a list of mappings or a free mapping', () => {
    const without = configurationFields.filter(({ variable }) => variable === undefined).map(({ path }) => path)
    expect(without.filter((path) => !path.includes('[]'))).toEqual([
      'parties',
      'trust',
      'discovery.registrations',
      'audit.anchoring',
      'notifications.webhookSecrets',
    ])
    expect(configurationFields.filter(({ path, variable }) => path.includes('[]') && variable !== undefined)).toEqual(
      [],
    )
  })

  test('have different variables', () => {
    const variables = configurationFields.flatMap(({ variable }) => variable ?? [])
    expect(new Set(variables).size).toBe(variables.length)
  })

  test.each([
    ['strictmode', 'boolean', undefined, true],
    ['url', 'text', undefined, undefined],
    ['http.public.port', 'number', undefined, 8080],
    ['http.internal.host', 'text', undefined, '127.0.0.1'],
    ['keys.passphrase', 'text', undefined, undefined],
    ['parties', 'list', undefined, []],
    ['parties[].catalogue.spatial', 'list', 'text', undefined],
    ['parties[].id', 'text', undefined, undefined],
    ['trust', 'list', undefined, {}],
    ['discovery.server', 'list', 'text', []],
    ['outbound.allowedPorts', 'list', 'number', []],
    ['log.level', 'text', undefined, 'info'],
  ])('%s is a %s of %s with default %j', (path, kind, items, value) => {
    const field = configurationFields.find((candidate) => candidate.path === path)
    expect(field).toMatchObject({ kind, items, default: value })
  })
})
