import { beforeEach, describe, expect, test } from '@jest/globals'
import { parseCompactCredential, parseObjectCredential } from '../../../../node/credentials/credential.js'
import { createBits, packBits } from '../../../../node/credentials/status/bitstring.js'
import { createFetchList, type StatusList } from '../../../../node/credentials/status/fetch-list.js'
import { statusListKinds } from '../../../../node/credentials/status/kinds.js'
import { createFixedClock } from '../../../../node/kernel/clock.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import type { Store } from '../../../../node/stores/contracts.js'
import { createMemoryStore } from '../../../../node/stores/memory.js'
import { createTestHolder, testStart, type Json } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'

const issuer = createTestHolder()
const url = 'https://issuer.example/list'
const encodedList = `u${await packBits(createBits())}`

let store: Store

beforeEach(() => {
  store = createMemoryStore({ clock: createFixedClock(testStart) })
})

const subject = { id: `${url}#list`, type: 'BitstringStatusList', statusPurpose: 'revocation', encodedList }
const list = (changes: Json = {}): Json => ({
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  id: url,
  type: ['VerifiableCredential', 'BitstringStatusListCredential'],
  issuer: issuer.did,
  validFrom: '2026-11-24T09:00:00Z',
  validUntil: '2026-11-25T09:00:00Z',
  credentialSubject: subject,
  ...changes,
})
const asJwt = (changes?: Json): string => issuer.signVp(list(changes), { typ: 'vc+jwt', cty: 'vc' })

/** Gets what stands at the URL. That its signature is good is somebody else's work. */
async function fetchList(text: string, over = store): Promise<StatusList> {
  const request = async () => {
    const headers = { get: () => undefined }
    return { status: 200, headers, mediaType: 'application/vc', body: Buffer.from(text) }
  }
  return createFetchList({ store: over, outbound: { request } })(
    { url, issuer: issuer.did, kind: statusListKinds.BitstringStatusList },
    async (value) => (typeof value === 'string' ? parseCompactCredential(value) : parseObjectCredential(value)),
  )
}

const refuse = async (text: string, over?: Store): Promise<readonly string[]> => {
  const { code, notes, detail = '' } = await rejectionOf(fetchList(text, over))
  return [code, ...notes, detail.replace(/^[A-Z_]+: /, '')]
}

describe('a list', () => {
  test.each([
    ['an object', JSON.stringify(list())],
    ['a JWT', asJwt()],
    ['a JWT as a text of JSON', ` ${JSON.stringify(asJwt())}\n`],
  ])('may come as %s', async (_, text) => {
    expect(await fetchList(text)).toEqual({
      bits: createBits(),
      purposes: ['revocation'],
      validUntil: Date.parse('2026-11-25T09:00:00Z'),
      keepMilliseconds: undefined,
    })
  })

  test.each<[string, Json, string]>([
    ['of another URL', { id: `${url}/2` }, 'it is the list of another URL, or no list'],
    ['that is two', { credentialSubject: [subject, subject] }, 'it is the list of another URL, or no list'],
    ['without a beginning', { validFrom: undefined }, 'it does not say since when it is valid'],
  ])('%s is of no use', async (_, changes, words) => {
    const refusal = ['credential.status_unavailable', 'STATUS_VERIFICATION_ERROR', words]
    expect(await refuse(JSON.stringify(list(changes)))).toEqual(refusal)
  })
})

describe('the newest edition that was seen', () => {
  const edition = (minute: string): string => JSON.stringify(list({ validFrom: `2026-11-24T09:${minute}:00Z` }))
  const older = ['credential.status_unavailable', 'STATUS_VERIFICATION_ERROR', 'it is older than one seen before']

  test('never goes back, and may be had again', async () => {
    await fetchList(edition('01'))
    expect(await refuse(edition('00'))).toEqual(older)
    expect((await fetchList(edition('01'))).purposes).toEqual(['revocation'])
  })

  /** Another replica sees an edition between the look and the write. */
  const meanwhile = (minute: string): Store => {
    let seen = false
    return {
      ...store,
      async write(operations) {
        if (!seen) {
          seen = true
          await fetchList(edition(minute))
        }
        return store.write(operations)
      },
    }
  }

  test('is the one that another replica saw at the same moment, when that is newer', async () => {
    expect(await refuse(edition('01'), meanwhile('02'))).toEqual(older)
    expect(await refuse(edition('01'))).toEqual(older)
  })

  test('is this one, when what another replica saw at the same moment is older', async () => {
    expect((await fetchList(edition('01'), meanwhile('00'))).purposes).toEqual(['revocation'])
    expect(await refuse(edition('00'))).toEqual(older)
  })

  test('lets nobody through while it cannot be remembered', async () => {
    const failing = (code: 'store.conflict' | 'store.unavailable'): Store => ({
      ...store,
      write: () => Promise.reject(new NodeError(code)),
    })
    expect(await refuse(edition('01'), failing('store.conflict'))).toEqual(older)
    expect((await refuse(edition('01'), failing('store.unavailable')))[0]).toBe('store.unavailable')
  })
})
