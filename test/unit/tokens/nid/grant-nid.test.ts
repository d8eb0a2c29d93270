import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createBits, packBits, writeBit } from '../../../../node/credentials/status/bitstring.js'
import { createVerifyClientCertificate } from '../../../../node/identity/client-certificate.js'
import type { Revocations } from '../../../../node/identity/x509-revocation.js'
import { createFixedClock, type MovableClock } from '../../../../node/kernel/clock.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { createGrantNid, type NidAnswer } from '../../../../node/tokens/nid/grant-nid.js'
import { createKnownParties } from '../../../../node/tokens/nid/known-parties.js'
import { createMakeNidToken } from '../../../../node/tokens/nid/nid-token.js'
import { nidSchema } from '../../../../schemas/nid.js'
import { moment } from '../../../support/node-parts.js'
import { createOutboundWorld, type OutboundWorld } from '../../../support/outbound-world.js'
import { createOutsider, type Outsider } from '../../../support/outsider.js'
import { rejectionOf } from '../../../support/refusals.js'
import {
  createTokenWorld,
  scope,
  zorgkantoor,
  type TokenWorld,
  type TokenWorldOptions,
} from '../../../support/token-world.js'
import { makeCertificate } from '../../../support/x509-chain.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
const audience = 'https://node.example.nl/sources/ciz/indicatieregister/graphql'
const index = 4711
const authority = makeCertificate({ isAuthority: true, keyUsage: 0x60 })

let clock: MovableClock
let network: OutboundWorld
let stelselbeheerder: Outsider
let revocations: Revocations

beforeEach(() => {
  clock = createFixedClock(moment)
  network = createOutboundWorld()
  stelselbeheerder = createOutsider(clock)
  revocations = { check: () => Promise.resolve() }
})
afterEach(() => network.close())

/** A party that knows the zorgkantoor by certificate number 1: by its membership when it is given, else by its operator. */
async function start(
  options: Pick<TokenWorldOptions, 'profile'> & { readonly membership?: string } = {},
): Promise<{ readonly world: TokenWorld; readonly ask: (until?: string) => Promise<NidAnswer> }> {
  const { membership = '', ...rest } = options
  const world = await createTokenWorld({ ...rest, clock, stelselbeheerder, outbound: network.createOutbound() })
  const { node, tokenStore, profiles } = world
  const entry = membership === '' ? { organization: zorgkantoor } : { membership: 'lid.jwt' }
  const grant = createGrantNid({
    ...node,
    tokenStore,
    subject: 'ciz',
    issuer: undefined,
    lifetimeSeconds: 300,
    verifyClientCertificate: createVerifyClientCertificate({
      clock,
      revocations,
      authorities: [authority.der.toString('base64')],
    }),
    knownParties: createKnownParties({
      known: nidSchema.parse({ authorities: 'ca.pem', known: [{ serial: '1', ...entry }] }).known,
      verifier: node.verifier,
      readFile: () => membership,
    }),
    makeNidToken: createMakeNidToken({ parties: node.parties, claimsKey: node.keyStore.secretFor('nid claims') }),
    profilesAt: () => profiles,
  })
  const ask = (until = '2027-01-01T00:00:00Z'): Promise<NidAnswer> =>
    grant({
      certificate: makeCertificate({ issuer: authority, keyUsage: 0x01, subject: { '2.5.4.5': '1' }, until }).der,
      url: 'https://node.example.nl/nid/ciz/auth/token',
      turnedAway: undefined,
      request: () => ({ grant_type: 'client_credentials', scope, audience }),
      trace,
    })
  return { world, ask }
}

describe('a certificate', () => {
  test('gives a token for as long as it is valid itself, and none when that is less than a second', async () => {
    const { ask } = await start()
    expect((await ask('2026-11-24T09:00:01Z')).expires_in).toBe(1)
    clock.move(0.001)
    expect(await rejectionOf(ask('2026-11-24T09:00:01Z'))).toMatchObject({
      code: 'token.certificate_refused',
      notes: ['it ends within a second'],
    })
  })

  test.each([
    ['was revoked', 'identity.chain_revoked', 'token.certificate_refused'],
    ['cannot be weighed because the store is away', 'store.unavailable', 'store.unavailable'],
  ] as const)('that %s gives none, and the fault is told as whose it is', async (_what, cause, code) => {
    revocations = { check: () => Promise.reject(new NodeError(cause)) }
    const { world, ask } = await start()
    expect((await rejectionOf(ask())).code).toBe(code)
    expect((await world.node.journal()).at(-1)).toMatchObject({ code: 'token.refused', error: code })
  })
})

describe('who is known by a membership', () => {
  let publish: (revoked: boolean) => Promise<void>
  let membership: string

  beforeEach(async () => {
    let list = ''
    const server = await network.serve((_, response) => void response.writeHead(200).end(list))
    const url = `http://127.0.0.1:${String(server.port)}/list`
    publish = async (revoked) => {
      const bits = createBits()
      writeBit(bits, index, revoked)
      const encodedList = await packBits(bits)
      const subject = { id: url, type: 'StatusList2021', statusPurpose: 'revocation', encodedList }
      list = stelselbeheerder.issue({ type: 'StatusList2021Credential', subject })
    }
    await publish(false)
    membership = membershipWith({
      credentialStatus: {
        type: 'StatusList2021Entry',
        statusPurpose: 'revocation',
        statusListIndex: String(index),
        statusListCredential: url,
      },
    })
  })

  function membershipWith(vc: object, claims: object = {}): string {
    const { did } = createOutsider(clock)
    return stelselbeheerder.issue({
      type: 'LedenadministratieCredential',
      subject: {},
      claims: {
        sub: did,
        vc: {
          '@context': ['https://www.w3.org/2018/credentials/v1'],
          type: ['VerifiableCredential', 'LedenadministratieCredential'],
          credentialSubject: { id: did, organization: zorgkantoor },
          ...vc,
        },
        ...claims,
      },
    })
  }

  test('has tokens that end within a minute of its membership, where the scope asks for live status', async () => {
    const { world, ask } = await start({ membership })
    const { access_token } = await ask()
    await publish(true)
    clock.move(59)
    expect(await world.tokenStore.find(access_token)).toBeDefined()
    clock.move(1)
    expect(await world.tokenStore.find(access_token)).toBeUndefined()
    expect((await rejectionOf(ask())).code).toBe('credential.revoked')
  })

  test('has tokens that stay until their end where it does not, and no successor', async () => {
    const { world, ask } = await start({ membership, profile: { liveStatus: false } })
    const { access_token, expires_in } = await ask()
    await publish(true)
    clock.move(expires_in - 1)
    expect((await world.tokenStore.find(access_token))?.record).not.toHaveProperty('status')
    expect((await rejectionOf(ask())).code).toBe('credential.revoked')
  })

  test('has tokens that end with it, and last as the settings say when it lasts longer', async () => {
    const lasting = await start({ membership: membershipWith({}) })
    expect((await lasting.ask()).expires_in).toBe(300)
    const ending = await start({ membership: membershipWith({}, { exp: moment / 1000 + 60 }) })
    expect((await ending.ask()).expires_in).toBe(60)
  })
})
