import { describe, expect, test } from '@jest/globals'
import { checkConfiguration } from '../../../node/config.js'
import { refusalOf } from '../../support/refusals.js'

const base = { strictmode: false, url: 'http://localhost:8080' }

/** What an operator is told about this configuration; nothing when it is good. */
function faultsOf(changes: unknown): readonly string[] {
  const value = typeof changes === 'object' && !Array.isArray(changes) ? { ...base, ...changes } : changes
  const { code, notes } = refusalOf(() => checkConfiguration(value))
  expect(code).toBe('config.invalid')
  return notes
}

const proxied = { http: { public: { clientCertificate: { header: 'Client-Cert', proxies: ['10.0.0.1/32'] } } } }
const nid = {
  known: [{ organization: { name: 'A', city: 'B', role: 'zorgkantoor', id_type: 'uzovi' as const, id: '5999' } }],
}

const source = { name: 'a', kind: 'register', schema: 'indicatieregister-2', pack: 'indicatieregister' }
const tls = { certificate: '/a', key: '/b' }

describe('a configuration that is good', () => {
  test('is completed with what was left out', () => {
    const { configuration } = checkConfiguration(base)
    expect(configuration).toMatchObject({
      name: 'bronnet',
      storage: { url: 'level:./data' },
      http: { public: { host: '0.0.0.0', port: 8080 }, internal: { host: '127.0.0.1', port: 8081 } },
      keys: {},
      parties: [],
      trust: {},
      discovery: { server: [], registrations: [], refreshSeconds: 60 },
      tokens: { lifetimeSeconds: 900 },
      outbound: { timeoutSeconds: 5, loopback: false, allowedNetworks: [], deniedNetworks: [], allowedPorts: [] },
      log: { level: 'info' },
    })
  })

  test('is strict unless it says otherwise', () => {
    const { configuration } = checkConfiguration({
      url: 'https://node.example.nl',
      keys: { passphraseFile: '/run/secrets/keys' },
    })
    expect(configuration.strictmode).toBe(true)
  })
})

describe('one fault is one line', () => {
  test.each<[string, unknown, string]>([
    ['a missing url', { url: undefined }, 'url: is required: public base URL of the node, as others reach it'],
    ['an empty url', { url: null }, 'url: is empty: take the line away, or give it a value'],
    ['a url that is none', { url: 'node.example.nl' }, 'url: must be a URL that begins with http:// or https://'],
    ['a url of another scheme', { url: 'ftp://x' }, 'url: must be a URL that begins with http:// or https://'],
    ['a url with a user', { url: 'https://a:b@node.example.nl' }, 'url: must be without user, query and fragment'],
    ['a url with a query', { url: 'https://node.example.nl/?a=1' }, 'url: must be without user, query and fragment'],
    ['a url with a fragment', { url: 'https://node.example.nl/#a' }, 'url: must be without user, query and fragment'],
    ['an unknown key', { tenant: 'x' }, 'tenant: there is no such setting'],
    ['an unknown key further down', { http: { public: { prot: 1 } } }, 'http.public.prot: there is no such setting'],
    ['a text for a number', { http: { public: { port: '80' } } }, 'http.public.port: must be a number'],
    ['a broken number', { http: { public: { port: 80.5 } } }, 'http.public.port: must be a whole number'],
    ['a number too large', { http: { public: { port: 65_536 } } }, 'http.public.port: must be at most 65535'],
    ['a number too small', { tokens: { lifetimeSeconds: 9 } }, 'tokens.lifetimeSeconds: must be at least 10'],
    ['no time at all', { outbound: { timeoutSeconds: 0 } }, 'outbound.timeoutSeconds: must be more than 0'],
    ['a yes for a boolean', { outbound: { loopback: 'yes' } }, 'outbound.loopback: must be true or false'],
    ['a number for a text', { name: 5 }, 'name: must be text'],
    ['an empty text', { name: '' }, 'name: must not be empty'],
    ['a long text', { name: 'a'.repeat(65) }, 'name: must be at most 64 characters long'],
    ['a text for a list', { discovery: { server: 'a' } }, 'discovery.server: must be a list'],
    ['a text for a mapping', { http: 'public' }, 'http: must be a mapping'],
    ['a list for a mapping', { http: [] }, 'http: must be a mapping'],
    ['a mapping left empty', { http: null }, 'http: is empty: take the line away, or give it a value'],
    [
      'a media type that is refused and given to who says nothing',
      { parties: [{ subject: 'ciz', sources: [{ ...source, graphql: { http: 'standard', strictAccept: true } }] }] },
      'parties[0].sources[0].graphql.strictAccept: not with http: standard, by which who says nothing gets application/json',
    ],
    [
      'questions about a schema elsewhere',
      { parties: [{ subject: 'ciz', sources: [{ ...source, kind: 'graphql', graphql: { introspection: true } }] }] },
      'parties[0].sources[0].graphql.introspection: only for a register that this node keeps',
    ],
    ['keys in a Vault that is not named', { keys: { store: 'vault-kv' } }, 'keys.vault: vault-kv needs it'],
    [
      'a Vault without use',
      { keys: { passphrase: 'een lange zin', vault: { address: 'https://vault.example.nl', tokenFile: './token' } } },
      'keys.vault: has no use while keys.store is file',
    ],
    [
      'a Vault elsewhere in the clear',
      { keys: { store: 'vault-kv', vault: { address: 'http://10.0.0.1:8200', tokenFile: './token' } } },
      'keys.vault.address: use https for another machine',
    ],
    [
      'a Vault without a token',
      { keys: { store: 'vault-kv', vault: { address: 'https://vault.example.nl' } } },
      'keys.vault.tokenFile: is required: file with the token, which Vault’s agent keeps fresh; it is read again when ' +
        'Vault refuses it',
    ],
    ['another log level', { log: { level: 'loud' } }, 'log.level: must be debug or info or warn or error or silent'],
    [
      'another store',
      { storage: { url: 'mysql://x' } },
      'storage.url: must be level:<directory>, postgresql://<address> or memory:',
    ],
    [
      'trust in a type that is none',
      { trust: { lid: ['did:web:a'] } },
      'trust.lid: its name must be a credential type such as LedenadministratieCredential',
    ],
    ['trust in nobody', { trust: { LidCredential: [] } }, 'trust.LidCredential: must not be empty'],
    [
      'trust in what is no DID',
      { trust: { LidCredential: ['https://a'] } },
      'trust.LidCredential[0]: must be a DID such as did:web:node.example.nl:iam:…',
    ],
    [
      'a party without a name',
      { parties: [{ subject: 'a' }, {}] },
      'parties[1].subject: is required: local name of the organisation; part of its OAuth URLs',
    ],
    [
      'a party with a bad name',
      { parties: [{ subject: 'a b' }] },
      'parties[0].subject: must be letters, digits, dot, underscore and hyphen only',
    ],
    ['a party with an id that is none', { parties: [{ subject: 'a', id: '1' }] }, 'parties[0].id: must be a UUID'],
    [
      'a source of another kind',
      { parties: [{ subject: 'a', sources: [{ name: 'b', kind: 'sql', schema: 'indicatieregister-2', pack: 'c' }] }] },
      'parties[0].sources[0].kind: must be register or graphql or fhir',
    ],
    [
      'a parameter with a bad name',
      { discovery: { registrations: [{ service: 'a', subject: 'b', parameters: { 'x-y': 'z' } }] } },
      'discovery.registrations[0].parameters.x-y: its name must be a letter, then letters and digits',
    ],
    [
      'a range with bits after its length',
      { outbound: { allowedNetworks: ['10.0.0.0/8', '10.1.0.0/8'] } },
      'outbound.allowedNetworks[1]: address range "10.1.0.0/8": bits are set after the first 8',
    ],
    [
      'an address that is no range',
      { outbound: { deniedNetworks: ['10.1.0.1'] } },
      'outbound.deniedNetworks[0]: address range "10.1.0.1": one address is written 10.1.0.1/32',
    ],
    [
      'tokens by client certificate without a proxy that gives it',
      { parties: [{ subject: 'a', nid }] },
      'http.public.clientCertificate: parties[].nid needs it, or http.public.tls.clientCertificates',
    ],
    [
      'proxies that are no range',
      { http: { public: { clientCertificate: { header: 'Client-Cert', proxies: ['10.0.0.1'] } } } },
      'http.public.clientCertificate.proxies[0]: address range "10.0.0.1": one address is written 10.0.0.1/32',
    ],
    [
      'clients that are no range',
      {
        ...proxied,
        parties: [{ subject: 'a', nid: { ...nid, networks: ['x'] } }],
      },
      'parties[].nid.networks[0]: address range "x": it is not an address and a length',
    ],
    [
      'a number without the authorities that give numbers',
      { ...proxied, parties: [{ subject: 'a', nid: { known: [{ ...nid.known[0], serial: '1' }] } }] },
      'parties[].nid.known[0].serial: needs parties[].nid.authorities: anybody can write a number in a certificate',
    ],
    [
      'somebody known without saying who',
      { ...proxied, parties: [{ subject: 'a', nid: { known: [{}] } }] },
      'parties[].nid.known[0]: give organization or membership, and not both',
    ],
    [
      'somebody known on two words',
      { ...proxied, parties: [{ subject: 'a', nid: { known: [{ ...nid.known[0], membership: 'a' }] } }] },
      'parties[].nid.known[0]: give organization or membership, and not both',
    ],
    [
      'TLS on the port of plain HTTP',
      { http: { public: { tls: { ...tls, url: 'https://localhost:8443', port: 8080 } } } },
      'http.public.tls.port: must differ from http.public.port',
    ],
    [
      'TLS on the port of the internal side',
      { http: { public: { tls: { ...tls, url: 'https://localhost:8443', port: 8081 } } } },
      'http.public.tls.port: must differ from http.internal.port',
    ],
    [
      'TLS without an https URL',
      { http: { public: { tls } } },
      'http.public.tls.url: is needed, because url is not https',
    ],
    [
      'TLS at another path',
      { http: { public: { tls: { ...tls, url: 'https://localhost:8443/node' } } } },
      'http.public.tls.url: must have the path of url',
    ],
    [
      'TLS at a URL with a query',
      { http: { public: { tls: { ...tls, url: 'https://localhost:8443/?a' } } } },
      'http.public.tls.url: must be without user, query and fragment',
    ],
    [
      'TLS at a URL without TLS',
      { http: { public: { tls: { ...tls, url: 'http://localhost:8443' } } } },
      'http.public.tls.url: must be a URL that begins with https://',
    ],
    [
      'two passphrases',
      { keys: { passphrase: 'a'.repeat(12), passphraseFile: '/a' } },
      'keys.passphrase: give this or keys.passphraseFile, not both',
    ],
  ])('%s', (_, changes, fault) => {
    expect(faultsOf(changes)).toEqual([fault])
  })

  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '0.0.0.0'],
  ])('two listeners on one port of %s and %s', (outer, inner) => {
    const http = { public: { host: outer, port: 8080 }, internal: { host: inner, port: 8080 } }
    expect(faultsOf({ http })).toEqual(['http.internal.port: must differ from http.public.port'])
  })

  test('two listeners on one port of two addresses, or on ports that the system picks, are no fault', () => {
    const http = { public: { host: '192.0.2.1', port: 8080 }, internal: { host: '127.0.0.1', port: 8080 } }
    expect(checkConfiguration({ ...base, http }).configuration.http).toMatchObject(http)
    const picked = { public: { port: 0 }, internal: { port: 0 } }
    expect(checkConfiguration({ ...base, http: picked }).configuration.http.internal.port).toBe(0)
  })

  test.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'x'],
    ['a list', [base]],
  ])('%s is no configuration', (_, value) => {
    const { notes } = refusalOf(() => checkConfiguration(value))
    expect(notes).toEqual([expect.stringMatching(/^the configuration: /)])
  })
})

test('all faults are told at once', () => {
  const faults = faultsOf({
    url: 'x',
    http: { public: { port: 'x' }, internal: { port: -1 } },
    log: { level: 'loud', colour: true },
    meer: 1,
  })
  expect(faults.map((fault) => fault.split(':')[0])).toEqual([
    'url',
    'http.public.port',
    'http.internal.port',
    'log.level',
    'log.colour',
    'meer',
  ])
})

describe('a secret is never repeated', () => {
  const secret = 'kort'

  test('when it is too short', () => {
    expect(faultsOf({ keys: { passphrase: secret } })).toEqual(['keys.passphrase: must be at least 12 characters long'])
  })

  test.each<[string, unknown]>([
    ['as a number', 99_999_001_999],
    ['as a list', ['geheim-geheim']],
    ['as a mapping', { geheim: 'geheim-geheim' }],
    ['as a boolean', true],
  ])('%s', (_, passphrase) => {
    const faults = faultsOf({ keys: { passphrase } })
    expect(faults).toEqual(['keys.passphrase: must be text'])
  })

  test('nor any other value', () => {
    const faults = faultsOf({
      url: secret,
      name: 5,
      storage: { url: secret },
      log: { level: secret },
      trust: { LidCredential: [secret] },
      parties: [{ subject: `${secret} ${secret}`, id: secret }],
    })
    expect(faults).toHaveLength(7)
    expect(faults.join('\n')).not.toContain(secret)
  })
})
