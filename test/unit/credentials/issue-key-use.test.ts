import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createPartyKeys } from '../../../node/identity/party-keys.js'
import { createTestIdentity, testStart, type TestIdentity } from '../../support/credentials.js'

let identity: TestIdentity

beforeAll(async () => {
  identity = await createTestIdentity()
})

afterAll(() => identity.end())

describe('the key that issued a credential', () => {
  test.each([
    ['with an end', 'ended', { expiresAt: testStart + 60 * 86_400_000 }, '2027-01-24T00:00:00Z'],
    ['without an end', 'endless', {}, '9999-12-31T00:00:00Z'],
  ])('%s is needed as long as the credential counts', async (_, subject, end, until) => {
    for (const format of ['jwt_vc', 'ldp_vc'] as const) {
      const name = `${subject}-${format.slice(0, 3)}`
      const issuer = await identity.parties.create({ subject: name })
      await identity.issuer.issue({
        issuer,
        type: 'NutsOrganizationCredential',
        subject: { id: issuer.did, organization: { name: 'Zorgaanbieder', city: 'Voorbeeldstad' } },
        format,
        contexts: ['https://nuts.nl/credentials/v1'],
        ...end,
      })
      const [key] = await createPartyKeys(identity).list(name)
      expect(key?.neededUntil).toBe(until)
    }
  })
})
