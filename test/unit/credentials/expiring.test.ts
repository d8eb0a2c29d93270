import { describe, expect, test } from '@jest/globals'
import { createWatchExpiry, expiresWithinDays } from '../../../node/credentials/expiring.js'
import type { Party } from '../../../node/identity/party.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { silentLog, type LogFields } from '../../../node/kernel/log.js'
import { createMetrics } from '../../../node/http/metrics.js'
import { parseCompactCredential, parseObjectCredential } from '../../../node/credentials/credential.js'
import { createTestHolder, memberSubject, testStart } from '../../support/credentials.js'

const day = 86_400_000

describe('the end of a credential', () => {
  test.each<[number | undefined, number | undefined]>([
    [undefined, undefined],
    [testStart, undefined],
    [testStart + 1, 3],
    [testStart + 3 * day, 3],
    [testStart + 3 * day + 1, 14],
    [testStart + 14 * day, 14],
    [testStart + 30 * day, 30],
    [testStart + 30 * day + 1, undefined],
  ])('at %p is within %p days', (expiresAt, days) => {
    expect(expiresWithinDays(expiresAt, testStart)).toBe(days)
  })
})

describe('looking for credentials that end soon', () => {
  const issuer = createTestHolder()
  const endingIn = (days: number) =>
    parseCompactCredential(
      issuer.signVc({
        type: 'LedenadministratieCredential',
        subject: memberSubject('did:web:noord.example'),
        now: testStart,
        claims: { exp: (testStart + days * day) / 1000 },
      }),
    )

  test('says nothing of one that does not end', async () => {
    const endless = parseObjectCredential({
      '@context': ['https://www.w3.org/2018/credentials/v1'],
      type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
      id: 'urn:uuid:1',
      issuer: 'did:web:noord.example',
      issuanceDate: '2026-11-24T09:00:00Z',
      credentialSubject: { id: 'did:web:noord.example' },
    })
    const reported: ReadonlyMap<string, number>[] = []
    const watch = createWatchExpiry({
      clock: createFixedClock(testStart),
      log: silentLog,
      parties: { list: async () => [{ subject: 'noord' } as Party] },
      wallet: { list: async () => [endless, endingIn(2)] },
      report: (ends) => void reported.push(ends),
    })
    await watch()
    expect(reported).toEqual([new Map([['LedenadministratieCredential', testStart + 2 * day]])])
  })

  test('warns once a day, without the id, and reports the first end of each type', async () => {
    const clock = createFixedClock(testStart)
    const warned: LogFields[] = []
    const metrics = createMetrics({ version: '0.0.0' })
    const watch = createWatchExpiry({
      clock,
      log: { ...silentLog, warn: (_, fields = {}) => void warned.push(fields) },
      // Only its name is looked at.
      parties: { list: async () => [{ subject: 'noord' } as Party] },
      wallet: { list: async () => [endingIn(20), endingIn(2), endingIn(90)] },
      report: (ends) => metrics.setCredentialEnds(ends),
    })
    await watch()
    await watch()
    expect(warned).toEqual([
      { party: 'noord', detail: 'LedenadministratieCredential: 2026-12-14T09:00:00Z' },
      { party: 'noord', detail: 'LedenadministratieCredential: 2026-11-26T09:00:00Z' },
    ])
    const end = (testStart + 2 * day) / 1000
    expect(await metrics.text()).toContain(
      `bronnet_credential_expires_timestamp_seconds{type="LedenadministratieCredential"} ${String(end)}\n`,
    )
    clock.move(86_400)
    await watch()
    expect(warned).toHaveLength(4)
    metrics.setCredentialEnds(new Map())
    expect(await metrics.text()).not.toContain('type="LedenadministratieCredential"')
  })
})
