import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isSignatureUnder } from '../../contracts/key-store.js'
import { rejectionOf } from '../../support/refusals.js'
import type { VaultDouble } from '../../support/vault-double.js'
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

describe('an answer of Vault that is not as it promises', () => {
  const closedBy = async (promise: Promise<unknown>): Promise<string> => {
    const refusal = await rejectionOf(promise)
    expect(refusal.code).toBe('identity.key_store_closed')
    return [refusal.message, ...refusal.notes].join()
  }

  test.each([
    ['no JSON', 'hvs.nothing'],
    ['nothing where something must be', '{"data":null}'],
    ['a list that is none', '{"data":{"keys":"one"}}'],
  ])('to the question which keys there are is refused and not repeated: %s', async (_, text) => {
    for (const [store, folder] of [
      ['vault-transit', /^transit\/keys$/],
      ['vault-kv', /^kv\/nuts-private-keys$/],
    ] as const) {
      const keyStore = await open(store)
      double.intercept((_method, path) => (folder.test(path) ? { status: 200, text } : undefined))
      expect(await closedBy(keyStore.listKeys())).not.toContain('hvs')
      double.intercept(() => undefined)
    }
  })

  test('is no key', async () => {
    const keyStore = await open()
    const keys = (public_key: string) => ({ status: 200, data: { keys: { '1': { public_key } } } })
    for (const text of ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'AAAA', '']) {
      double.intercept((method, path) =>
        method === 'GET' && path.startsWith('transit/keys/') ? keys(text) : undefined,
      )
      expect(await closedBy(keyStore.createKey(keyId, 'ES256'))).toContain('of a kind that the node does not make')
    }
  })

  test('is no signature', async () => {
    const keyStore = await open()
    const publicKey = await keyStore.createKey(keyId, 'ES256')
    double.intercept((_, path) =>
      path.startsWith('transit/sign/') ? { status: 200, data: { signature: 'vault:v1:AAAA' } } : undefined,
    )
    expect(await closedBy(keyStore.sign(keyId, 'text'))).toContain('a signature of another form')
    double.intercept((_, path) => (path.startsWith('transit/sign/') ? { status: 400 } : undefined))
    expect(await closedBy(keyStore.sign(keyId, 'text'))).toContain('does not sign')
    double.intercept(() => undefined)
    expect(isSignatureUnder(publicKey, 'text', await keyStore.sign(keyId, 'text'))).toBe(true)
  })

  test('leaves nobody with a key that Vault does not have', async () => {
    const keyStore = await open()
    double.intercept((method, path) =>
      method === 'GET' && path.startsWith('transit/keys/') ? { status: 404 } : undefined,
    )
    expect(await closedBy(keyStore.createKey(keyId, 'ES256'))).toContain('does not have it')
  })

  test('is no secret of the node', async () => {
    double.kv.set('bronnet-node-secret', { secret: 'x' })
    expect(await closedBy(open('vault-kv'))).toContain('the secret of the node is damaged')
  })
})

describe('an engine of Vault', () => {
  test.each(['vault-transit', 'vault-kv'] as const)('of %s that is not enabled is named', async (store) => {
    const refusal = await rejectionOf(open(store, { mount: 'elsewhere' }))
    expect([refusal.code, refusal.notes.join()]).toEqual([
      'identity.key_store_closed',
      expect.stringContaining('is the engine enabled at keys.vault.mount?'),
    ])
  })

  test.each([
    ['vault-transit', {}],
    ['vault-kv', {}],
    ['vault-kv', { mount: 'kv2', version: 2 }],
  ] as const)('of %s %j that holds no keys lists none', async (store, settings) => {
    const keyStore = await open(store, settings)
    // Transit holds the secret of the node, under a name that is no key.
    double.intercept((method, path) => (method === 'GET' && path === 'transit/keys' ? { status: 404 } : undefined))
    expect(await keyStore.listKeys()).toEqual([])
  })

  test('of version 2 gives two replicas that make one key at the same moment the same one', async () => {
    const settings = { mount: 'kv2', version: 2 } as const
    const [one, two] = [await open('vault-kv', settings), await open('vault-kv', settings)]
    const publicKey = await one.createKey(keyId, 'ES256')
    let looks = 0
    // As it was when the second looked, a moment before.
    double.intercept((method, path) => {
      if (method !== 'GET' || !path.startsWith('kv2/data/nuts-private-keys/')) return undefined
      looks += 1
      return looks === 1 ? { status: 404 } : undefined
    })
    expect(await two.createKey(keyId, 'ES256')).toEqual(publicKey)
    expect(isSignatureUnder(publicKey, 'text', await two.sign(keyId, 'text'))).toBe(true)
  })

  test('of version 2 that does not take a key is named', async () => {
    const keyStore = await open('vault-kv', { mount: 'kv2', version: 2 })
    double.intercept((method) => (method === 'POST' ? { status: 400 } : undefined))
    const refusal = await rejectionOf(keyStore.createKey(keyId, 'ES256'))
    expect([refusal.code, refusal.message]).toEqual([
      'identity.key_store_closed',
      expect.stringContaining('keys.vault.mount'),
    ])
  })
})
