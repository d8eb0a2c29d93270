import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createFixedClock } from '../../node/kernel/clock.js'
import type { AccessToken, ListedParty } from '../../registry-client/client.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import { askSource } from '../support/ask-source.js'
import { claimsOf } from '../support/credentials.js'
import { journalOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const query = `query($id: UUID!, $uzovi: String!) {
  wlzIndicatie(where: { wlzindicatieID: { eq: $id }, initieelVerantwoordelijkZorgkantoor: { eq: $uzovi } }) { bsn }
}`
const variables = { id: loadExamples().wlzindicatieID, uzovi: '5999' }
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))

let region: Region
let ciz: ListedParty

beforeAll(async () => {
  region = await startRegion({ clock })
  const { parties } = await region.application('ciz').discover.listings('bronnet-demo', {
    'credentialSubject.indicatieregister': '*',
  })
  const [first] = parties
  if (first === undefined) throw new Error('the source of CIZ was not found')
  ciz = first
})

afterAll(() => region.end())

const requestToken = (name: string): Promise<AccessToken> =>
  region.application(name).token({ authorizationServer: ciz.parameters['authServerURL'] ?? '', scope, fresh: true })

async function read(name: string, token: AccessToken): Promise<number> {
  const url = ciz.parameters['indicatieregister'] ?? ''
  return (await askSource(region.application(name), url, token, query, variables)).status
}

/** What the stelselbeheerder, at a node of its own, says of the membership that it issued; gives the id of that. */
async function change(method: 'POST' | 'DELETE', what: 'revocation' | 'suspension', name: string): Promise<string> {
  const [membership] = await region.world.member(name).administrator.wallet(name)
  const id = String(claimsOf(String(membership))['jti'])
  const path = `/internal/bronnet/v1/credentials/${encodeURIComponent(id)}/${what}`
  await region.world.member('stelselbeheerder').administrator.call(method, path)
  return id
}

const eventsOf = async (name: string) => (await journalOf(region.world.member(name))).map(({ event }) => event)

describe('a membership that its issuer revokes', () => {
  test('ends the token that it got within a minute', async () => {
    const token = await requestToken('zorgkantoor-noord')
    expect(await read('zorgkantoor-noord', token)).toBe(200)
    await change('POST', 'revocation', 'zorgkantoor-noord')
    clock.move(59)
    expect(await read('zorgkantoor-noord', token)).toBe(200)
    clock.move(1)
    expect(await read('zorgkantoor-noord', token)).toBe(401)
  })

  test('gets no new token at once, and is told why; both journals hold it', async () => {
    const token = await requestToken('zorgkantoor-zuid')
    const credential = await change('POST', 'revocation', 'zorgkantoor-zuid')
    await expect(requestToken('zorgkantoor-zuid')).rejects.toMatchObject({
      reasons: expect.arrayContaining([expect.stringContaining('was revoked by its issuer')]),
    })
    // The source has seen the new list by then.
    expect(await read('zorgkantoor-zuid', token)).toBe(401)
    expect(await eventsOf('stelselbeheerder')).toContainEqual(
      expect.objectContaining({ code: 'credential.revoked', object: expect.objectContaining({ credential }) }),
    )
    expect(await eventsOf('ciz')).toContainEqual(
      expect.objectContaining({ code: 'token.refused', outcome: 'refused', error: 'credential.revoked' }),
    )
  })

  test('takes nothing from the other members', async () => {
    await expect(requestToken('zorgaanbieder')).resolves.toBeDefined()
  })
})

test('a membership that is suspended gets no token until that has ended', async () => {
  await change('POST', 'suspension', 'zorgaanbieder')
  await expect(requestToken('zorgaanbieder')).rejects.toMatchObject({
    reasons: expect.arrayContaining([expect.stringContaining('was suspended by its issuer')]),
  })
  await change('DELETE', 'suspension', 'zorgaanbieder')
  await expect(requestToken('zorgaanbieder')).resolves.toBeDefined()
})
