import { describe, expect, test } from '@jest/globals'
import { checkConfiguration } from '../../../node/config.js'
import type { ConfigurationInput } from '../../../schemas/configuration.js'
import { refusalOf } from '../../support/refusals.js'

const safe: ConfigurationInput = {
  url: 'https://node.example.nl',
  keys: { passphraseFile: '/run/secrets/keys' },
}
const open: ConfigurationInput = { strictmode: false, url: 'http://localhost:8080' }

describe('strict mode', () => {
  test('says nothing about a safe configuration and changes nothing', () => {
    const { configuration, notices } = checkConfiguration(safe)
    expect(notices).toEqual([])
    expect(configuration.outbound.loopback).toBe(false)
  })

  test('takes a passphrase in the configuration as well', () => {
    const { notices } = checkConfiguration({ ...safe, keys: { passphrase: 'een lange zin' } })
    expect(notices).toEqual([])
  })

  test('refuses http', () => {
    expect(refusalOf(() => checkConfiguration({ ...safe, url: 'http://node.example.nl' })).notes).toEqual([
      'url: strictmode demands https',
    ])
  })

  test.each([
    'localhost',
    'localhost.',
    'LOCALHOST',
    'node.localhost',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '93.184.215.14',
    '[2001:db8::1]',
  ])('refuses the host %s', (host) => {
    expect(refusalOf(() => checkConfiguration({ ...safe, url: `https://${host}/` })).notes).toEqual([
      'url: strictmode demands a host name that others can reach, not an address',
    ])
  })

  test.each(['node.example.nl', 'localhost.example.nl', 'node.example.nl:8443', 'node', '10.example.nl'])(
    'takes the host %s',
    (host) => {
      expect(checkConfiguration({ ...safe, url: `https://${host}/care` }).notices).toEqual([])
    },
  )

  test.each<[string, boolean]>([
    ['https://localhost:8443', false],
    ['https://10.0.0.1', false],
    ['https://direct.example.nl:8443', true],
  ])('looks at the URL of its own TLS as at its url: %s', (url, isTaken) => {
    const tls = { certificate: '/a', key: '/b', url }
    const check = () => checkConfiguration({ ...safe, http: { public: { tls } } })
    if (isTaken) expect(check().notices).toEqual([])
    else
      expect(refusalOf(check).notes).toEqual([
        'http.public.tls.url: strictmode demands a host name that others can reach, not an address',
      ])
  })

  test('refuses keys without a passphrase', () => {
    expect(refusalOf(() => checkConfiguration({ ...safe, keys: {} })).notes).toEqual([
      'keys.passphraseFile: strictmode demands a passphrase for the private keys',
    ])
  })

  test.each(['http://127.0.0.1:8200', 'http://localhost:8200', 'https://vault.internal:8200'])(
    'needs no passphrase for keys in the Vault at %s',
    (address) => {
      const keys = { store: 'vault-transit' as const, vault: { address, tokenFile: './token' } }
      expect(checkConfiguration({ ...safe, keys }).notices).toEqual([])
    },
  )

  test('keeps the journal for five years at least', () => {
    expect(refusalOf(() => checkConfiguration({ ...safe, audit: { retentionYears: 4 } })).notes).toEqual([
      'audit.retentionYears: strictmode demands five years or more',
    ])
    expect(checkConfiguration({ ...safe, audit: { retentionYears: 5 } }).configuration.audit.retentionYears).toBe(5)
  })

  test('refuses a store that forgets', () => {
    expect(refusalOf(() => checkConfiguration({ ...safe, storage: { url: 'memory:' } })).notes).toEqual([
      'storage.url: strictmode demands a store that remembers',
    ])
  })

  test('refuses rules that wait for a change of law', () => {
    expect(refusalOf(() => checkConfiguration({ ...safe, policies: { sandbox: true } })).notes).toEqual([
      'policies.sandbox: strictmode refuses rules that wait for a change of law',
    ])
  })

  test('refuses answers about the schema of a source, which are allowed without it', () => {
    const register = { name: 'a', kind: 'register', schema: 'indicatieregister-2', pack: 'indicatieregister' } as const
    const parties = [{ subject: 'ciz', sources: [{ ...register, graphql: { introspection: true } }] }]
    expect(refusalOf(() => checkConfiguration({ ...safe, parties })).notes).toEqual([
      'parties.sources.graphql.introspection: strictmode refuses answers about the schema of a source',
    ])
    expect(checkConfiguration({ ...open, parties }).notices).toContain(
      'allowed: questions about the schema of a source',
    )
  })

  test('refuses the conformance profile', () => {
    expect(refusalOf(() => checkConfiguration({ ...safe, conformance: true })).notes).toEqual([
      'conformance: strictmode refuses the conformance profile, which is for test networks',
    ])
  })

  test('tells all of it at once', () => {
    const faults = refusalOf(() => checkConfiguration({ url: 'http://localhost', storage: { url: 'memory:' } })).notes
    expect(faults).toHaveLength(4)
  })

  test('forces calls to this machine off, and says so', () => {
    const { configuration, notices } = checkConfiguration({ ...safe, outbound: { loopback: true, timeoutSeconds: 3 } })
    expect(configuration.outbound).toMatchObject({ loopback: false, timeoutSeconds: 3 })
    expect(notices).toEqual(['strictmode forced outbound.loopback from true to false'])
  })
})

describe('without strict mode', () => {
  test('everything that is allowed is said', () => {
    const relaxed = { outbound: { loopback: true }, storage: { url: 'memory:' }, conformance: true }
    const { notices } = checkConfiguration({ ...open, ...relaxed })
    expect(notices).toEqual([
      'strictmode is off: this node is for development only',
      'allowed: an http url',
      'allowed: calls over http to this machine',
      'allowed: the passphrase of the keys lies beside them',
      'allowed: a store that forgets',
      'allowed: the context of examples in the VC-API, where every term counts as defined',
    ])
  })

  test('nothing is said to be allowed that is not used', () => {
    const { configuration, notices } = checkConfiguration({ ...safe, strictmode: false })
    expect(notices).toEqual(['strictmode is off: this node is for development only'])
    expect(configuration.outbound.loopback).toBe(false)
  })

  test('a setting is left as it is', () => {
    expect(checkConfiguration({ ...open, outbound: { loopback: true } }).configuration.outbound.loopback).toBe(true)
  })
})

describe('an internal listener that others reach', () => {
  const where = 'http.internal.host is no loopback address'
  const anybody = `${where}: whoever reaches that port administers this node`

  test.each(['0.0.0.0', '::', '10.0.0.1', 'node.internal'])('on %s is refused without a word about sign-in', (host) => {
    const http = { internal: { host } }
    expect(refusalOf(() => checkConfiguration({ ...safe, http })).notes).toEqual([
      expect.stringMatching(/^http\.internal\.auth: strictmode demands sign-in/),
    ])
    expect(checkConfiguration({ ...open, http }).notices).toContain(anybody)
  })

  test('is allowed where something else keeps strangers out, and said', () => {
    const http = { internal: { host: '0.0.0.0', auth: { type: 'none' } } } as const
    expect(checkConfiguration({ ...safe, http }).notices).toEqual([anybody])
  })

  test('is allowed with sign-in, and said to speak no TLS', () => {
    const auth = { type: 'token_v2', authorizedKeysPath: '/keys' } as const
    const { notices } = checkConfiguration({ ...safe, http: { internal: { host: '0.0.0.0', auth } } })
    expect(notices).toEqual([expect.stringMatching(/speaks no TLS/)])
    expect(checkConfiguration({ ...safe, http: { internal: { auth } } }).notices).toEqual([])
  })

  test.each<[string, NonNullable<NonNullable<ConfigurationInput['http']>['internal']>['auth'], string]>([
    ['without keys', { type: 'token_v2' }, 'http.internal.auth.authorizedKeysPath: is needed for token_v2'],
    [
      'with keys that nobody looks at',
      { type: 'none', authorizedKeysPath: '/keys' },
      'http.internal.auth.type: with none nobody signs in, so the settings beside it have no use',
    ],
  ])('has no sign-in %s', (_, auth, note) => {
    expect(refusalOf(() => checkConfiguration({ ...safe, http: { internal: { auth } } })).notes).toEqual([note])
  })

  test.each(['127.0.0.1', '127.10.0.1', '::1', 'localhost'])('on %s is none', (host) => {
    expect(checkConfiguration({ ...safe, http: { internal: { host } } }).notices).toEqual([])
  })
})
