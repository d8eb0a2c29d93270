import { beforeEach, describe, expect, test } from '@jest/globals'
import { createCollectAuthorizations, type Collected } from '../../../../node/access/authorizations/collect.js'
import type { Party } from '../../../../node/identity/party.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import type { PeerCall } from '../../../../node/tokens/call-peer.js'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { createNodeParts, moment, type NodeParts } from '../../../support/node-parts.js'
import { createOutsider } from '../../../support/outsider.js'
import { rejectionOf } from '../../../support/refusals.js'
import { zorgkantoor } from '../../../support/token-world.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }
const clock = createFixedClock(moment)
const issuer = createOutsider(clock)

let node: NodeParts
let party: Party
let calls: PeerCall[]

beforeEach(async () => {
  node = createNodeParts({ clock, trust: { LedenadministratieCredential: [issuer.did] } })
  party = await node.parties.create({ subject: 'noord' })
  calls = []
})

const credentialOf = (by = issuer): string =>
  by.issue({ type: 'LedenadministratieCredential', subject: { id: party.did, organization: zorgkantoor } })

/** Collects from a source that gives these answers, one after the other, and the last one from then on. */
function collect(
  answers: readonly { readonly status?: number; readonly body: unknown }[],
  wallet: Pick<NodeParts['wallet'], 'add'> = node.wallet,
): Promise<Collected> {
  return createCollectAuthorizations({
    wallet,
    callPeer(call) {
      const { status = 200, body } = answers[Math.min(calls.length, answers.length - 1)] ?? { body: {} }
      calls.push(call)
      return Promise.resolve({
        status,
        headers: new Map<string, string>(),
        mediaType: 'application/json',
        body: Buffer.from(JSON.stringify(body)),
      })
    },
  })({
    party,
    authorizationServer: 'https://ciz.example.nl/oauth2/ciz',
    scope: 'indicatie:read',
    source: 'https://ciz.example.nl/sources/ciz/indicatieregister/graphql',
    trace,
  })
}

describe('what a source gave by itself', () => {
  test('is fetched page by page, beside the source, and is in the wallet', async () => {
    const [first, second] = [credentialOf(), credentialOf()]
    const pages = [{ body: { credentials: [first], next: 'verder' } }, { body: { credentials: [second] } }]
    expect(await collect(pages)).toEqual({ added: 2, known: 0, refused: {} })
    expect(calls.map(({ url, body }) => [url, body])).toEqual([
      ['https://ciz.example.nl/sources/ciz/indicatieregister/authorizations', {}],
      ['https://ciz.example.nl/sources/ciz/indicatieregister/authorizations', { after: 'verder' }],
    ])
    const held = await node.wallet.list(party)
    expect(held.map(({ raw }) => raw).sort()).toEqual([first, second].sort())
  })

  test('counts what is there already apart, and what does not count by why', async () => {
    const known = credentialOf()
    await node.wallet.add(party, known, trace)
    const credentials = [known, credentialOf(createOutsider(clock)), credentialOf(createOutsider(clock)), 'geen']
    expect(await collect([{ body: { credentials: [...credentials, credentialOf()] } }])).toEqual({
      added: 1,
      known: 1,
      refused: { 'credential.issuer_untrusted': 2, 'credential.malformed': 1 },
    })
  })

  test.each([
    ['a status that is none of success', { status: 403, body: { credentials: [] } }, 'authorizations: status 403'],
    ['an answer of another form', { body: { credentials: 'geen' } }, 'authorizations: status 200'],
    ['pages without an end', { body: { credentials: [], next: 'verder' } }, 'authorizations without an end'],
  ])('is not collected from a source with %s', async (_what, answer, detail) => {
    expect(await rejectionOf(collect([answer]))).toMatchObject({ code: 'outbound.bad_answer', detail })
  })

  test.each([
    ['the store is away', new NodeError('store.unavailable')],
    ['something is broken here', new TypeError('broken')],
  ])('is not said to be refused when %s', async (_what, cause) => {
    const add = () => Promise.reject(cause)
    await expect(collect([{ body: { credentials: [credentialOf()] } }], { add })).rejects.toBe(cause)
  })
})
