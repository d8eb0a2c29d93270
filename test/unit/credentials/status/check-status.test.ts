import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Freshness } from '../../../../node/credentials/status/keep-lists.js'
import { VerifiedCredential } from '../../../../node/credentials/verify-credential.js'
import { epochSeconds } from '../../../../node/kernel/clock.js'
import { createTestHolder, testStart, type Json } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'
import { createStatusWorld, type ListChanges, type StatusWorld } from '../../../support/status-world.js'

let world: StatusWorld

beforeEach(async () => {
  world = await createStatusWorld()
})

afterEach(() => world.close())

const packed = (bytes: number): string => gzipSync(Buffer.alloc(bytes)).toString('base64url')

async function refusal(compact?: string, freshness?: Freshness) {
  const { code, notes } = await rejectionOf(world.verify(compact, freshness))
  return { code, notes }
}

const unavailable = (name: string) => ({ code: 'credential.status_unavailable', notes: [name] })

describe('a credential with a status', () => {
  test('is good when its bit is not set, whatever the bits beside it say', async () => {
    await world.serveList({ set: [6, 8] })
    expect(VerifiedCredential.is(await world.verify())).toBe(true)
  })

  test('is revoked when its bit is set, and the refusal says so', async () => {
    await world.serveList({ set: [7] })
    expect(await refusal()).toEqual({
      code: 'credential.revoked',
      notes: ['the LedenadministratieCredential was revoked by its issuer'],
    })
  })

  test('is suspended while its bit in a list for suspension is set, and good again afterwards', async () => {
    const suspension = world.membership({ statusPurpose: 'suspension' })
    await world.serveList({ set: [7], subject: { statusPurpose: 'suspension' } })
    expect((await refusal(suspension, 'now')).code).toBe('credential.suspended')
    await world.serveList({ subject: { statusPurpose: 'suspension' } })
    expect(VerifiedCredential.is(await world.verify(suspension, 'now'))).toBe(true)
  })

  test('in a BitstringStatusList is judged in the same way', async () => {
    const entry = world.membership({ type: 'BitstringStatusListEntry' })
    const type = 'BitstringStatusListCredential'
    const encodedList = `u${packed(16 * 1024)}`
    const subject = { id: `${world.listUrl}#list`, type: 'BitstringStatusList', encodedList }
    await world.serveList({ type, subject, claims: { jti: world.listUrl } })
    expect(VerifiedCredential.is(await world.verify(entry))).toBe(true)
    const bits = Buffer.alloc(16 * 1024)
    bits[0] = 0b0000_0001
    const revoked = {
      ...subject,
      statusPurpose: ['revocation', 'suspension'],
      encodedList: `u${gzipSync(bits).toString('base64url')}`,
    }
    await world.serveList({ type, subject: revoked, claims: { jti: world.listUrl } })
    expect((await refusal(entry, 'now')).code).toBe('credential.revoked')
  })
})

describe('every status has to be good', () => {
  test('so one that is revoked beside one that is not is refused', async () => {
    const entry = (statusListIndex: string): Json => ({
      type: 'StatusList2021Entry',
      statusPurpose: 'revocation',
      statusListIndex,
      statusListCredential: world.listUrl,
    })
    const both = world.issuer.signVc({
      type: 'LedenadministratieCredential',
      subject:
        (
          JSON.parse(Buffer.from(world.membership().split('.')[1] ?? '', 'base64url').toString()) as {
            vc: { credentialSubject: Json[] }
          }
        ).vc.credentialSubject[0] ?? {},
      now: testStart,
      vc: { credentialStatus: [entry('3'), entry('7')] },
    })
    await world.serveList({ set: [9] })
    expect(VerifiedCredential.is(await world.verify(both, 'now'))).toBe(true)
    await world.serveList({ set: [7] })
    expect((await refusal(both, 'now')).code).toBe('credential.revoked')
  })
})

describe('a list is of no use', () => {
  test.each<[string, ListChanges, string]>([
    ['that somebody else issued', { by: createTestHolder() }, 'STATUS_VERIFICATION_ERROR'],
    ['for another purpose', { subject: { statusPurpose: 'suspension' } }, 'STATUS_VERIFICATION_ERROR'],
    ['of another URL', { subject: { id: 'https://elsewhere.example/list' } }, 'STATUS_VERIFICATION_ERROR'],
    ['of another type', { type: 'LedenadministratieCredential' }, 'STATUS_VERIFICATION_ERROR'],
    ['that has ended', { claims: { exp: epochSeconds(testStart) - 1 } }, 'STATUS_VERIFICATION_ERROR'],
    ['that is not valid yet', { claims: { nbf: epochSeconds(testStart) + 60 } }, 'STATUS_VERIFICATION_ERROR'],
    [
      'with a status of its own',
      { vc: { credentialStatus: { type: 'StatusList2021Entry' } } },
      'STATUS_VERIFICATION_ERROR',
    ],
    ['that does not unpack', { subject: { encodedList: 'bm90IGd6aXA' } }, 'STATUS_VERIFICATION_ERROR'],
    ['that is a bomb', { subject: { encodedList: packed(100 * 1024 * 1024) } }, 'STATUS_VERIFICATION_ERROR'],
    ['that is short', { subject: { encodedList: packed(16 * 1024 - 1) } }, 'STATUS_LIST_LENGTH_ERROR'],
  ])('%s', async (_, changes, name) => {
    await world.serveList(changes)
    expect(await refusal()).toEqual(unavailable(name))
  })

  test('whose signature is not good', async () => {
    await world.serveList()
    const forged = world.issuer.signVc({
      type: 'StatusList2021Credential',
      subject: {
        id: world.listUrl,
        type: 'StatusList2021',
        statusPurpose: 'revocation',
        encodedList: packed(16 * 1024),
      },
      now: testStart,
    })
    world.answer((response) => void response.end(`${forged.slice(0, -8)}AAAAAAAA`))
    expect(await refusal()).toEqual(unavailable('STATUS_VERIFICATION_ERROR'))
  })

  test.each<[string, (location: string) => Parameters<StatusWorld['answer']>[0]]>([
    ['that is not there', () => (response) => void response.writeHead(404).end()],
    ['behind a redirect', (location) => (response) => void response.writeHead(302, { location }).end()],
    ['that is larger than 1 MiB', () => (response) => void response.end('x'.repeat(1024 * 1024 + 1))],
    [
      'that expands beyond 1 MiB on the way',
      () => (response) =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50 * 1024 * 1024))),
    ],
    ['that breaks off', () => (response) => void response.destroy()],
  ])('%s', async (_, how) => {
    world.answer(how(`${world.listUrl}-2`))
    expect(await refusal()).toEqual(unavailable('STATUS_RETRIEVAL_ERROR'))
    expect(world.server.requests.length).toBe(1)
  })

  test('at an address that may not be called', async () => {
    const guarded = await createStatusWorld([])
    await guarded.serveList()
    const { code, notes } = await rejectionOf(guarded.verify())
    expect({ code, notes }).toEqual(unavailable('STATUS_RETRIEVAL_ERROR'))
    expect(guarded.server.requests).toEqual([])
    await guarded.close()
  })
})

describe('an entry is refused', () => {
  test.each<[string, Json]>([
    ['of an unknown kind', { type: 'RevocationList2020Status' }],
    ['with a purpose that nobody checks', { statusPurpose: 'message' }],
    ['whose index is not a number', { statusListIndex: '1e3' }],
    ['whose index is negative', { statusListIndex: '-1' }],
    ['without a list', { statusListCredential: undefined }],
    ['of more than one bit', { type: 'BitstringStatusListEntry', statusSize: 2 }],
  ])('%s, and nobody is called', async (_, entry) => {
    await world.serveList()
    expect((await refusal(world.membership(entry))).code).toBe('credential.status_unsupported')
    expect(world.server.requests).toEqual([])
  })

  test('whose index lies outside the list', async () => {
    await world.serveList()
    expect(await refusal(world.membership({ statusListIndex: '131072' }))).toEqual({
      code: 'credential.status_unsupported',
      notes: ['the status of the LedenadministratieCredential cannot be checked: RANGE_ERROR'],
    })
  })

  test('in a credential whose issuer nobody trusts, before anybody is called', async () => {
    await world.serveList()
    const stranger = createTestHolder()
    const compact = stranger.signVc({
      type: 'LedenadministratieCredential',
      subject: {
        id: stranger.did,
        organization: { name: 'x', city: 'y', id: '5999', id_type: 'uzovi', role: 'zorgkantoor' },
      },
      now: testStart,
      vc: {
        credentialStatus: {
          type: 'StatusList2021Entry',
          statusPurpose: 'revocation',
          statusListIndex: '7',
          statusListCredential: world.listUrl,
        },
      },
    })
    expect((await refusal(compact)).code).toBe('credential.issuer_untrusted')
    expect(world.server.requests).toEqual([])
  })
})
