import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { idOfVaultName, vaultNameOf } from '../../../node/identity/vault-names.js'
import { openVaultOutbound } from '../../../node/resources.js'
import { isSignatureUnder } from '../../contracts/key-store.js'
import { rejectionOf } from '../../support/refusals.js'
import { makeVersion, type VaultDouble } from '../../support/vault-double.js'
import { createVaultWorld, type VaultWorld } from '../../support/vault-world.js'

const keyId = 'did:web:node.example%3A8443:iam:1#k'
let world: VaultWorld
let double: VaultDouble
const open: VaultWorld['open'] = (...engine) => world.open(...engine)

beforeEach(async () => {
  world = await createVaultWorld()
  double = world.double
})

afterEach(() => world.end())

describe('a key in the transit engine', () => {
  test('never leaves it: no request asks for a private key, and none holds one', async () => {
    const keyStore = await open()
    await keyStore.createKey(keyId, 'ES256')
    await keyStore.sign(keyId, 'text')
    expect(double.requests.map(({ path }) => path).filter((path) => /export|backup/.test(path))).toEqual([])
    expect(double.kv.size).toBe(0)
  })

  test('signs with its first version after Vault’s operator rotated it', async () => {
    const keyStore = await open()
    const publicKey = await keyStore.createKey(keyId, 'ES256')
    for (const key of double.transit.values()) key.versions.push(makeVersion({ type: key.type }))
    const reopened = await open()
    expect(await reopened.createKey(keyId, 'ES256')).toEqual(publicKey)
    expect(isSignatureUnder(publicKey, 'text', await reopened.sign(keyId, 'text'))).toBe(true)
    expect(reopened.secretFor('audit')).toEqual(keyStore.secretFor('audit'))
  })

  test('is that of this node only, when nodes share an engine under their own prefixes', async () => {
    const [one, two] = [await open('vault-transit', { prefix: 'one' }), await open('vault-transit', { prefix: 'two' })]
    await one.createKey(keyId, 'ES256')
    expect([await one.listKeys(), await two.listKeys()]).toEqual([[keyId], []])
    expect(one.secretFor('audit')).not.toEqual(two.secretFor('audit'))
  })

  test('that another replica removed is unknown', async () => {
    const [one, two] = [await open(), await open()]
    await one.createKey(keyId, 'ES256')
    await two.sign(keyId, 'text')
    await one.deleteKey(keyId)
    expect((await rejectionOf(two.sign(keyId, 'text'))).code).toBe('identity.key_unknown')
  })

  test('of a kind that the node does not make is refused', async () => {
    const keyStore = await open()
    const name = `bronnet-${vaultNameOf(keyId, /(?!)/)}`
    double.transit.set(name, { type: 'aes256-gcm96', versions: [makeVersion({})], deletable: false })
    expect((await rejectionOf(keyStore.sign(keyId, 'text'))).code).toBe('identity.key_store_closed')
  })
})

describe('a key in the KV engine', () => {
  test('lies where nuts-node v6 keeps it, as PEM in the member key', async () => {
    const keyStore = await open('vault-kv')
    await keyStore.createKey('0d0b2c11-7d0f-4f6e-9d5e-0b7a2d0b2c11', 'ES256')
    expect(double.kv.get('nuts-private-keys/0d0b2c11-7d0f-4f6e-9d5e-0b7a2d0b2c11')).toEqual({
      key: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
    })
  })

  test.each(['pkcs8', 'sec1'] as const)('that nuts-node put there as %s signs', async (type) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    double.kv.set('nuts-private-keys/theirs', { key: privateKey.export({ format: 'pem', type }) })
    const keyStore = await open('vault-kv')
    const publicKey = await keyStore.createKey('theirs', 'ES256')
    expect(isSignatureUnder(publicKey, 'text', await keyStore.sign('theirs', 'text'))).toBe(true)
    expect(await keyStore.listKeys()).toEqual(['theirs'])
  })

  test.each([
    ['no PEM', 'something else'],
    ['a key of another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ])('that is %s is neither used nor replaced', async (_, key) => {
    const text = typeof key === 'string' ? key : key.export({ format: 'pem', type: 'pkcs8' }).toString()
    double.kv.set('nuts-private-keys/bad', { key: text })
    const keyStore = await open('vault-kv')
    for (const attempt of [keyStore.createKey('bad', 'ES256'), keyStore.sign('bad', 'text')]) {
      const refusal = await rejectionOf(attempt)
      expect(refusal.code).toBe('identity.key_store_closed')
      expect(JSON.stringify(refusal.notes)).not.toContain(text.slice(0, 9))
    }
    expect(double.kv.get('nuts-private-keys/bad')).toEqual({ key: text })
  })

  test('may lie in a folder below the engine', async () => {
    double.kv.set('team/nuts-private-keys/one', {
      key: generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
    })
    expect(await (await open('vault-kv', { mount: 'kv/team' })).listKeys()).toEqual(['one'])
  })
})

describe('opening Vault', () => {
  test('sends the token and the namespace as headers, and the token nowhere else', async () => {
    await open('vault-kv', { namespace: 'zorg/noord' })
    for (const { path, headers } of double.requests) {
      expect([headers['x-vault-token'], headers['x-vault-namespace']]).toEqual(['hvs.only-for-tests', 'zorg/noord'])
      expect(path).not.toContain('hvs')
    }
  })

  test.each([
    ['refuses the token', 403, 'keys.vault.tokenFile'],
    ['is sealed', 503, 'sealed'],
    ['is a standby node', 473, 'keys.vault.address'],
    ['redirects', 307, 'keys.vault.address'],
    ['fails', 500, 'status 500'],
    ['is something else', 404, 'not Vault'],
  ])('is refused with a note for the operator when it %s, without what it said', async (_, status, words) => {
    double.fail(status)
    const refusal = await rejectionOf(open())
    expect([refusal.code, refusal.notes.join()]).toEqual(['identity.key_store_closed', expect.stringContaining(words)])
    expect(`${refusal.message} ${refusal.notes.join()} ${String(refusal.cause)}`).not.toContain('hvs.')
  })

  test.each([
    ['is empty', ''],
    ['holds two lines', 'hvs.one\nhvs.two'],
    ['holds what no header can', 'hvs.é'],
  ])('is refused when the token file %s, without its text', async (_, text) => {
    await double.writeToken(text)
    const refusal = await rejectionOf(open())
    expect(refusal.notes.join()).toContain('keys.vault.tokenFile')
    expect(`${refusal.message} ${String(refusal.cause)} ${refusal.notes.join()}`).not.toContain('hvs.')
  })

  test('is refused when the token file is not there', async () => {
    const refusal = await rejectionOf(open('vault-kv', { tokenFile: `${double.tokenFile}.gone` }))
    expect(refusal.notes.join()).toContain('keys.vault.tokenFile')
  })

  test('is refused when nothing listens there', async () => {
    const refusal = await rejectionOf(open('vault-kv', { address: 'http://127.0.0.1:1' }))
    expect(refusal.notes.join()).toContain('cannot be reached (outbound.failed)')
  })
})

describe('a node whose Vault', () => {
  test('gave it a new token goes on with that', async () => {
    const keyStore = await open()
    await keyStore.createKey(keyId, 'EdDSA')
    double.expectToken('hvs.the-next')
    await double.writeToken('hvs.the-next\n')
    expect(await keyStore.sign(keyId, 'text')).toHaveLength(64)
  })

  test.each([[403], [500], [503]])(
    'answers %i does not sign, keeps its secrets, and signs again afterwards',
    async (status) => {
      const keyStore = await open()
      await keyStore.createKey(keyId, 'EdDSA')
      double.fail(status)
      expect((await rejectionOf(keyStore.sign(keyId, 'text'))).code).toBe('identity.key_store_closed')
      expect(keyStore.secretFor('audit')).toHaveLength(32)
      double.fail(undefined)
      expect(await keyStore.sign(keyId, 'text')).toHaveLength(64)
    },
  )
})

describe('the way to Vault', () => {
  test('leads to the address that the operator named and to no other', async () => {
    const outbound = openVaultOutbound(world.configure('vault-kv'), 'test')
    for (const url of [double.address.replace('127.0.0.1', '127.0.0.2'), 'http://127.0.0.1:1/', 'https://10.0.0.1/']) {
      expect(outbound === undefined ? '' : (await rejectionOf(outbound.request({ method: 'GET', url }))).code).toBe(
        'outbound.refused',
      )
    }
    outbound?.close()
  })
})

describe('a name in Vault', () => {
  test('gives back the id, and differs for every id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (id) => {
        for (const kept of [/(?!)/, /[:#.-]/]) {
          const name = vaultNameOf(id, kept)
          expect(idOfVaultName(name)).toBe(id)
          expect(name).toMatch(/^[\w:#.-]*$/)
        }
      }),
    )
  })
})
