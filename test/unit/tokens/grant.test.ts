import { beforeEach, describe, expect, test } from '@jest/globals'
import { createFixedClock, type MovableClock } from '../../../node/kernel/clock.js'
import { NodeError, type ErrorCode } from '../../../node/kernel/errors.js'
import { firstEpoch } from '../../support/epochs.js'
import { TokenGrant, createTokenStore, type TokenRecord, type TokenStore } from '../../../node/tokens/token-store.js'
import { createDumpableStore, moment } from '../../support/node-parts.js'
import { refusalOf, rejectionOf } from '../../support/refusals.js'

const token = 'a-token-that-nobody-may-find-in-the-store'

let clock: MovableClock
let tokenStore: TokenStore
let dump: () => Promise<string>
let record: TokenRecord
/** What is wrong with the credentials behind the token. */
let status: ErrorCode | undefined

beforeEach(async () => {
  clock = createFixedClock(moment)
  const dumpable = createDumpableStore(clock)
  status = undefined
  const checkStatus = async (): Promise<void> => {
    if (status !== undefined) throw new NodeError(status)
  }
  tokenStore = createTokenStore({ store: dumpable.store, clock, verifier: { checkStatus }, epoch: firstEpoch })
  dump = dumpable.dump
  record = {
    party: 'ciz',
    requester: 'did:web:lid.example.nl',
    clientId: 'https://lid.example.nl/oauth2/lid',
    scope: 'lezen',
    claims: {},
    evidence: ['urn:uuid:1'],
    status: [{ type: 'TestCredential', issuer: 'did:web:stelsel.example.nl', statusEntries: [{ type: 'Test' }] }],
    issuedAt: moment,
    expiresAt: moment + 60_000,
  }
  await dumpable.store.write(tokenStore.operations(token, record))
})

describe('a token', () => {
  test('is found by its text', async () => {
    expect((await tokenStore.find(token))?.record).toEqual(record)
    expect((await tokenStore.get(token, 'ciz')).record).toEqual(record)
  })

  test.each(['credential.revoked', 'credential.suspended'] as const)(
    'is no token while a credential behind it has %s',
    async (code) => {
      status = code
      expect(await tokenStore.find(token)).toBeUndefined()
      expect((await rejectionOf(tokenStore.get(token, 'ciz'))).code).toBe('token.invalid')
      status = undefined
      expect(await tokenStore.find(token)).toBeDefined()
    },
  )

  test('is not judged while nobody knows the status of what is behind it', async () => {
    status = 'credential.status_unavailable'
    expect((await rejectionOf(tokenStore.find(token))).code).toBe('credential.status_unavailable')
    expect((await rejectionOf(tokenStore.get(token, 'ciz'))).code).toBe('credential.status_unavailable')
  })

  test('is kept by its hash: its text is nowhere in the store', async () => {
    const stored = await dump()
    expect(stored).toContain('did:web:lid.example.nl')
    expect(stored).not.toContain(token)
  })

  test.each(['', 'x', `${token} `, token.toUpperCase(), `${token}${'x'.repeat(512)}`, '\u0000', '\ud800'])(
    'of another text is not found (%#)',
    async (other) => {
      expect(await tokenStore.find(other)).toBeUndefined()
      expect((await rejectionOf(tokenStore.get(other, 'ciz'))).code).toBe('token.invalid')
    },
  )

  test.each(['cak', '', 'CIZ', 'toString'])(
    'does not count for the party "%s" that did not issue it',
    async (party) => {
      expect((await rejectionOf(tokenStore.get(token, party))).code).toBe('token.invalid')
    },
  )

  test('counts until the moment it expires', async () => {
    clock.move(59.999)
    expect((await tokenStore.get(token, 'ciz')).record.scope).toBe('lezen')
    clock.move(0.001)
    expect(await tokenStore.find(token)).toBeUndefined()
    expect((await rejectionOf(tokenStore.get(token, 'ciz'))).code).toBe('token.invalid')
  })
})

describe('a grant', () => {
  test('that the token store made is one', async () => {
    expect(TokenGrant.is(await tokenStore.find(token))).toBe(true)
  })

  test('that only looks like one is none', async () => {
    const grant = await tokenStore.get(token, 'ciz')
    const looks: readonly unknown[] = [
      { record },
      { ...grant },
      Object.create(TokenGrant.prototype),
      Object.assign(Object.create(TokenGrant.prototype) as object, { record }),
      Object.create(grant),
      new Proxy(grant, {}),
      structuredClone({ record }),
      undefined,
      null,
      token,
      TokenGrant,
    ]
    expect(looks.map((look) => TokenGrant.is(look))).toEqual(looks.map(() => false))
  })

  test('cannot be made by calling the constructor, which is private to the compiler only', () => {
    expect(refusalOf(() => Reflect.construct(TokenGrant, [Symbol('found'), record])).code).toBe('internal.fault')
    expect(refusalOf(() => Reflect.construct(TokenGrant, [record])).code).toBe('internal.fault')
  })

  test('cannot be turned into a grant of another party', async () => {
    const grant = await tokenStore.get(token, 'ciz')
    expect(Reflect.set(grant, 'record', { ...record, party: 'cak' })).toBe(false)
    expect(Reflect.set(grant.record, 'party', 'cak')).toBe(false)
  })
})
