import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createBits, packBits, writeBit } from '../../../node/credentials/status/bitstring.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { moment } from '../../support/node-parts.js'
import { createOutboundWorld, type OutboundWorld } from '../../support/outbound-world.js'
import { createOutsider } from '../../support/outsider.js'
import { rejectionOf } from '../../support/refusals.js'
import { createTokenWorld, tokenRequest, zorgkantoor, type TokenWorld } from '../../support/token-world.js'

const index = 4711

let network: OutboundWorld
let world: TokenWorld
let credential: string
let isUp: boolean
let calls: () => number
/** Signs the list again, with or without the bit of the member. */
let publish: (revoked: boolean) => Promise<void>

beforeEach(async () => {
  network = createOutboundWorld()
  const clock = createFixedClock(moment)
  const stelselbeheerder = createOutsider(clock)
  world = await createTokenWorld({ clock, stelselbeheerder, outbound: network.createOutbound() })
  isUp = true
  let list = ''
  const server = await network.serve((_, response) => void response.writeHead(isUp ? 200 : 503).end(list))
  calls = () => server.requests.length
  const url = `http://127.0.0.1:${String(server.port)}/list`
  publish = async (revoked) => {
    const bits = createBits()
    writeBit(bits, index, revoked)
    const subject = { id: url, type: 'StatusList2021', statusPurpose: 'revocation', encodedList: await packBits(bits) }
    list = stelselbeheerder.issue({ type: 'StatusList2021Credential', subject })
  }
  await publish(false)
  credential = stelselbeheerder.issue({
    type: 'LedenadministratieCredential',
    subject: {},
    claims: {
      sub: world.member.did,
      vc: {
        '@context': ['https://www.w3.org/2018/credentials/v1'],
        type: ['VerifiableCredential', 'LedenadministratieCredential'],
        credentialSubject: { id: world.member.did, organization: zorgkantoor },
        credentialStatus: {
          type: 'StatusList2021Entry',
          statusPurpose: 'revocation',
          statusListIndex: String(index),
          statusListCredential: url,
        },
      },
    },
  })
})

afterEach(() => network.close())

const ask = () => world.grant(tokenRequest(world, { credentials: [credential] }))
const isAlive = async (token: string): Promise<boolean> => (await world.tokenStore.find(token)) !== undefined

describe('a membership that is revoked', () => {
  test('gets no new token from then on', async () => {
    await ask()
    await publish(true)
    expect((await rejectionOf(ask())).code).toBe('credential.revoked')
  })

  test('is the reason in the journal why it got none', async () => {
    await publish(true)
    await rejectionOf(ask())
    expect((await world.node.journal()).at(-1)).toMatchObject({
      code: 'token.refused',
      outcome: 'refused',
      error: 'credential.revoked',
      reasons: ['the LedenadministratieCredential was revoked by its issuer'],
    })
  })

  test('ends the tokens that it got within a minute', async () => {
    const { access_token } = await ask()
    await publish(true)
    world.clock.move(59)
    expect(await isAlive(access_token)).toBe(true)
    world.clock.move(1)
    expect(await isAlive(access_token)).toBe(false)
  })

  test('costs its list one call a minute, however often a token is used', async () => {
    const { access_token } = await ask()
    for (let second = 0; second < 120; second += 1) {
      world.clock.move(1)
      await world.tokenStore.find(access_token)
    }
    expect(calls()).toBe(3)
  })
})

test('a token whose profile does not ask for live status stays until its end, and gets no successor', async () => {
  const { clock, stelselbeheerder, member } = world
  const profile = { liveStatus: false }
  const other = await createTokenWorld({ clock, stelselbeheerder, outbound: network.createOutbound(), profile })
  const request = () => tokenRequest({ ...other, member }, { credentials: [credential] })
  const { access_token, expires_in } = await other.grant(request())
  await publish(true)
  clock.move(expires_in - 1)
  expect((await other.tokenStore.find(access_token))?.record).not.toHaveProperty('status')
  clock.move(1)
  expect(await other.tokenStore.find(access_token)).toBeUndefined()
  expect((await rejectionOf(other.grant(request()))).code).toBe('credential.revoked')
})

describe('a list that cannot be had', () => {
  test('gives no first token, and says that it is not the fault of the requester', async () => {
    isUp = false
    expect((await rejectionOf(ask())).code).toBe('credential.status_unavailable')
    isUp = true
    world.clock.move(1)
    await ask()
  })

  test('does not end a token while the copy counts', async () => {
    const { access_token } = await ask()
    isUp = false
    world.clock.move(600)
    expect(await isAlive(access_token)).toBe(true)
  })
})
