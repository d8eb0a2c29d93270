import { beforeEach, describe, expect, test } from '@jest/globals'
import { createFindGiven, type FindGiven } from '../../../../node/access/authorizations/given-to.js'
import { givenAuthorizations, placeOf } from '../../../../node/access/authorizations/records.js'
import { put } from '../../../../node/stores/contracts.js'
import type { TokenGrant } from '../../../../node/tokens/token-store.js'
import { rejectionOf } from '../../../support/refusals.js'
import { createTokenWorld, tokenRequest, type TokenWorld } from '../../../support/token-world.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }

let world: TokenWorld
let grant: TokenGrant
let findGiven: FindGiven

beforeEach(async () => {
  world = await createTokenWorld()
  const { access_token } = await world.grant(tokenRequest(world))
  grant = await world.tokenStore.get(access_token, 'ciz')
  findGiven = createFindGiven(world.node)
})

/** Gives `raw` to a holder, until a minute from now unless said otherwise. */
async function give(
  raw: string,
  {
    holder = world.member.did,
    ends = [world.clock.now() + 60_000],
  }: { holder?: string; ends?: readonly number[] } = {},
): Promise<void> {
  const credentials = ends.map((expiresAt, at) => ({ id: `${raw}-${String(at)}`, expiresAt }))
  const place = placeOf('ciz', 'register', holder)
  const given = { identifier: '5999', holder, end: null, credentials, raw, place }
  await world.node.store.write([put(givenAuthorizations, ['ciz', 'register', 'REGEL', raw], given)])
}

const ask = (changes: Partial<Parameters<FindGiven>[0]> = {}) =>
  findGiven({ party: 'ciz', source: 'register', grant, trace, ...changes })

describe('what a source gave by itself', () => {
  test('is handed to its holder and nobody else, as far as it has not ended, and is in the journal first', async () => {
    const now = world.clock.now()
    await give('een')
    await give('van-een-ander', { holder: 'did:web:ander.example' })
    await give('voorbij', { ends: [now] })
    await give('vernieuwd', { ends: [now, now + 1] })
    await give('leeg', { ends: [] })
    expect(await ask()).toEqual({ credentials: ['een', 'vernieuwd'] })
    expect((await world.node.journal()).at(-1)).toMatchObject({
      code: 'credential.collected',
      party: 'ciz',
      object: { source: 'register', recordCount: 2 },
    })
    expect(await ask({ source: 'ander' })).toEqual({ credentials: [] })
  })

  test('comes in pages of a hundred, of which each says where the next begins', async () => {
    for (let number = 0; number < 101; number += 1) await give(String(number).padStart(3, '0'))
    const { credentials, next } = await ask()
    expect([credentials.length, credentials.at(-1)]).toEqual([100, '099'])
    expect(await ask({ after: next })).toEqual({ credentials: ['100'] })
    expect((await rejectionOf(ask({ after: 'ergens' }))).code).toBe('store.bad_input')
  })

  test.each([
    ['of another party', (): Partial<Parameters<FindGiven>[0]> => ({ party: 'cak' })],
    ['that nobody gave', () => ({ grant: { id: grant.id, record: grant.record } as unknown as TokenGrant })],
  ])('is not handed for a token %s, and nothing is said', async (_what, changes) => {
    await give('een')
    const before = await world.node.journal()
    expect((await rejectionOf(ask(changes()))).code).toBe('token.invalid')
    expect(await world.node.journal()).toEqual(before)
  })
})
