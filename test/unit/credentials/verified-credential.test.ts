import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { VerifiedCredential } from '../../../node/credentials/verify-credential.js'
import {
  createTestHolder,
  createTestIdentity,
  memberSubject,
  testStart,
  type TestIdentity,
} from '../../support/credentials.js'

const type = 'LedenadministratieCredential'
const [holder, registrar] = [createTestHolder(), createTestHolder()]
const membership = (): string => registrar.signVc({ type, subject: memberSubject(holder.did), now: testStart })

describe('a verified credential', () => {
  let identity: TestIdentity
  let real: VerifiedCredential

  beforeAll(async () => {
    identity = await createTestIdentity()
    identity.trusted[type] = [registrar.did]
    real = await identity.verifier.verify(identity.verifier.parse(membership()), {})
  })

  afterAll(() => identity.end())

  test('is one', () => {
    expect([VerifiedCredential.is(real), real instanceof VerifiedCredential]).toEqual([true, true])
  })

  test.each<[string, () => unknown]>([
    ['a copy', () => ({ ...real })],
    ['something of the same class', () => Object.create(VerifiedCredential.prototype) as unknown],
    [
      'something with the same prototype and members',
      () => Object.assign(Object.create(VerifiedCredential.prototype) as object, real),
    ],
    ['something made from the real one', () => Object.create(real) as unknown],
    ['a stand-in', () => new Proxy(real, {})],
    ['its credential', () => real.credential],
    ['nothing', () => null],
    ['a text', () => 'verified'],
  ])('is not %s', (_, make) => {
    expect(VerifiedCredential.is(make())).toBe(false)
  })

  test('cannot be made by anybody else, in whatever way', () => {
    const forged = real.credential
    const ways: readonly (() => unknown)[] = [
      () => Reflect.construct(VerifiedCredential, [forged, testStart]) as unknown,
      () => Reflect.construct(VerifiedCredential, [Symbol('verified'), forged, testStart]) as unknown,
      () => Reflect.construct(Object.getPrototypeOf(real).constructor as () => void, [undefined, forged]) as unknown,
      () => Reflect.construct(VerifiedCredential, [forged], class extends Object {}) as unknown,
    ]
    for (const way of ways) expect(way).toThrow(expect.objectContaining({ code: 'internal.fault' }))
  })

  test('cannot be given another credential', () => {
    expect(Reflect.set(real, 'credential', identity.verifier.parse(membership()))).toBe(false)
    expect(Reflect.defineProperty(real, 'verifiedAt', { value: 0 })).toBe(false)
  })
})
