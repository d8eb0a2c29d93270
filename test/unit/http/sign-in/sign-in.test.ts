import { describe, expect, test } from '@jest/globals'
import type { Route } from '../../../../node/http/exchange.js'
import { createMetrics } from '../../../../node/http/metrics.js'
import { parseAuthorizedKeys } from '../../../../node/http/sign-in/authorized-keys.js'
import { createSignIn } from '../../../../node/http/sign-in/sign-in.js'
import { createThrottle } from '../../../../node/http/throttle.js'
import { silentLog } from '../../../../node/kernel/log.js'
import { startTrace } from '../../../../node/kernel/trace.js'
import { createNodeParts, moment } from '../../../support/node-parts.js'
import { rejectionOf } from '../../../support/refusals.js'
import { claimsOf, lineOf, signInKinds, signInToken } from '../../../support/sign-in.js'

const key = signInKinds.EdDSA.make()
const tokenOf = (changes: object = {}) => signInToken('EdDSA', key, claimsOf('app', moment, changes))

function open({ options = 'role="application"', singleUse = false, refusalsPerMinute = 10 } = {}) {
  const { audit, clock, store, journal } = createNodeParts()
  const throttle = createThrottle({ clock, refusalsPerMinute })
  const metrics = createMetrics({ version: '' })
  const settings = { audience: 'node.test', singleUse, throttle, meter: metrics }
  const signIn = createSignIn({ audit, clock, log: silentLog, claims: store.claims, ...settings })
  signIn.accept(parseAuthorizedKeys(lineOf(key, 'app', options)).keys)
  const admit = (authorization: string | undefined, route: Pick<Route, 'callers' | 'aboutParties'>, params = {}) =>
    signIn.admit({
      route: { pattern: '/x', ...route },
      params,
      authorization,
      address: '192.0.2.7',
      trace: { ...startTrace(), listener: 'internal' },
    })
  /** How many calls had which outcome, without those that none had. */
  const counts = async () => {
    const rows = (await metrics.text()).matchAll(/^bronnet_sign_in_total\{outcome="([^"]+)"\} (\d+)$/gm)
    return Object.fromEntries(
      Array.from(rows, ([, outcome, count]) => [outcome, Number(count)] as const).filter(([, count]) => count > 0),
    )
  }
  return { signIn, clock, throttle, journal, admit, counts }
}
const forApplications = { callers: ['application'] } as const

describe('who signs in', () => {
  test('is let in where the role may call, and accounted for once for each token', async () => {
    const { admit, journal } = open()
    const token = tokenOf({ sub: 'medewerker 7' })
    const who = { user: 'app', role: 'application', subject: 'medewerker 7' }
    for (let call = 0; call < 3; call += 1) expect(await admit(`Bearer ${token}`, forApplications)).toEqual(who)
    expect(await journal()).toEqual([
      expect.objectContaining({ code: 'sign-in.accepted', trace: expect.objectContaining({ signedIn: who }) }),
    ])
  })

  test.each(['bearer', 'BEARER', '  Bearer  '])('may write the scheme as %j', async (scheme) => {
    const { admit } = open()
    expect(await admit(`${scheme} ${tokenOf()}`, forApplications)).toMatchObject({ user: 'app' })
  })

  test.each([undefined, '', 'Basic YTpi', `DPoP ${tokenOf()}`, 'Bearer', `Bearer ${tokenOf()} more`])(
    'is asked to sign in with %j',
    async (authorization) => {
      const { admit, journal } = open()
      expect((await rejectionOf(admit(authorization, forApplications))).code).toBe('signin.missing')
      expect(await journal()).toEqual([
        expect.objectContaining({ code: 'sign-in.refused', error: 'signin.missing', outcome: 'refused' }),
      ])
    },
  )

  test('is nobody where anybody may call, with a bad token too', async () => {
    const { admit, journal } = open()
    expect(await admit('Bearer x', { callers: 'anybody' })).toBeUndefined()
    expect(await journal()).toEqual([])
  })

  test('is refused by role, and the journal says who it was', async () => {
    const { admit, journal } = open()
    for (const callers of [[], ['operator'], ['reader', 'operator']] as const)
      expect((await rejectionOf(admit(`Bearer ${tokenOf()}`, { callers }))).code).toBe('signin.not_allowed')
    expect((await journal()).at(-1)).toMatchObject({
      code: 'sign-in.refused',
      error: 'signin.not_allowed',
      trace: { signedIn: { user: 'app', role: 'application' } },
    })
  })

  test('is refused at a route that says nothing of its callers, as administrator too', async () => {
    const { admit } = open({ options: 'role="administrator"' })
    expect((await rejectionOf(admit(`Bearer ${tokenOf()}`, {}))).code).toBe('signin.not_allowed')
    expect(await admit(`Bearer ${tokenOf()}`, { callers: [] })).toMatchObject({ role: 'administrator' })
  })

  test.each([{ subject: 'ciz' }, { party: 'ciz' }])('for a party gets what is about it: %j', async (params) => {
    const { admit } = open({ options: 'role="application",parties="ciz,cak"' })
    expect(await admit(`Bearer ${tokenOf()}`, forApplications, params)).toMatchObject({ parties: ['ciz', 'cak'] })
  })

  test.each<[string, object]>([
    ['about another', { subject: 'noord' }],
    ['about nobody that its path names', { id: 'ciz' }],
  ])('for a party does not get what is %s', async (_, params) => {
    const { admit } = open({ options: 'role="administrator",parties="ciz"' })
    const call = admit(`Bearer ${tokenOf()}`, forApplications, params)
    expect((await rejectionOf(call)).code).toBe('signin.not_allowed')
    expect(await admit(`Bearer ${tokenOf()}`, { ...forApplications, aboutParties: 'none' }, params)).toBeDefined()
  })
})

describe('a token that was good', () => {
  test('ends when it says, though it was seen before', async () => {
    const { admit, clock } = open()
    const token = tokenOf()
    await admit(`Bearer ${token}`, forApplications)
    clock.move(299)
    expect(await admit(`Bearer ${token}`, forApplications)).toBeDefined()
    clock.move(1)
    expect((await rejectionOf(admit(`Bearer ${token}`, forApplications))).code).toBe('signin.invalid')
  })

  test('ends at once when its key is taken away, or gets another role', async () => {
    const { admit, signIn } = open()
    const token = tokenOf()
    await admit(`Bearer ${token}`, forApplications)
    signIn.accept(parseAuthorizedKeys(lineOf(key, 'app', 'role="reader"')).keys)
    expect((await rejectionOf(admit(`Bearer ${token}`, forApplications))).code).toBe('signin.not_allowed')
    signIn.accept([])
    expect((await rejectionOf(admit(`Bearer ${token}`, forApplications))).code).toBe('signin.untrusted')
  })

  test('is not kept when its key is taken away while it is written down', async () => {
    const { admit, signIn } = open()
    const token = tokenOf()
    const first = admit(`Bearer ${token}`, forApplications)
    signIn.accept([])
    await first
    expect((await rejectionOf(admit(`Bearer ${token}`, forApplications))).code).toBe('signin.untrusted')
  })

  test('counts once where each must be used once, also for many that come together', async () => {
    const { admit } = open({ singleUse: true })
    const token = tokenOf()
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => admit(`Bearer ${token}`, forApplications)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await admit(`Bearer ${tokenOf()}`, forApplications)).toBeDefined()
  })
})

test('an address that was refused too often is told so and no longer accounted for, and can still sign in', async () => {
  const { admit, journal, throttle } = open()
  const codes: string[] = []
  for (let call = 0; call < 15; call += 1) codes.push((await rejectionOf(admit('Bearer x', forApplications))).code)
  expect(codes.slice(0, 10)).toEqual(Array(10).fill('signin.invalid'))
  expect(codes.slice(10)).toEqual(Array(5).fill('request.too_many'))
  expect(await journal()).toHaveLength(10)
  expect(throttle.takeCount()).toEqual({ requests: 5, addresses: 1 })
  expect(await admit(`Bearer ${tokenOf()}`, forApplications)).toMatchObject({ user: 'app' })
})

describe('the count of who signs in', () => {
  test('has each call by its outcome: also one with a token that was seen before, and none where anybody may call', async () => {
    const { admit, clock, counts } = open()
    const stranger = signInKinds.EdDSA.make()
    const token = tokenOf()
    for (let call = 0; call < 3; call += 1) await admit(`Bearer ${token}`, forApplications)
    await admit(undefined, { callers: 'anybody' })
    await rejectionOf(admit(undefined, forApplications))
    await rejectionOf(admit(`Bearer ${token}`, { callers: ['reader'] }))
    await rejectionOf(admit(`Bearer ${signInToken('EdDSA', stranger, claimsOf('app', moment))}`, forApplications))
    clock.move(300)
    await rejectionOf(admit(`Bearer ${token}`, forApplications))
    expect(await counts()).toEqual({
      good: 3,
      'signin.missing': 1,
      'signin.not_allowed': 1,
      'signin.untrusted': 1,
      'signin.invalid': 1,
    })
  })

  test('goes on where an address is told only that it had too many', async () => {
    const { admit, counts } = open({ refusalsPerMinute: 2 })
    for (let call = 0; call < 6; call += 1) await rejectionOf(admit(undefined, forApplications))
    expect(await counts()).toEqual({ 'signin.missing': 6 })
  })
})
