import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { FetchList, StatusList } from '../../../../node/credentials/status/fetch-list.js'
import { createKeepLists, type Freshness } from '../../../../node/credentials/status/keep-lists.js'
import { statusListKinds } from '../../../../node/credentials/status/kinds.js'
import { VerifiedCredential } from '../../../../node/credentials/verify-credential.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { silentLog, type Log, type LogFields } from '../../../../node/kernel/log.js'
import { epochSeconds } from '../../../../node/kernel/clock.js'
import { testStart } from '../../../support/credentials.js'
import { rejectionOf } from '../../../support/refusals.js'
import { createStatusWorld, type StatusWorld } from '../../../support/status-world.js'

let world: StatusWorld

beforeEach(async () => {
  world = await createStatusWorld()
})

afterEach(() => world.close())

const hour = 3600
const packed = (bytes: number): string => gzipSync(Buffer.alloc(bytes)).toString('base64url')

async function refusal(compact?: string, freshness?: Freshness) {
  const { code, notes } = await rejectionOf(world.verify(compact, freshness))
  return { code, notes }
}

const unavailable = (name: string) => ({ code: 'credential.status_unavailable', notes: [name] })

describe('a copy', () => {
  test('is used for fifteen minutes, for a minute where a token is alive, and not at all for a new token', async () => {
    await world.serveList()
    const calls = async (freshness: Freshness): Promise<number> => {
      await world.verify(undefined, freshness)
      return world.server.requests.length
    }
    expect([await calls('usual'), await calls('usual'), await calls('minute'), await calls('now')]).toEqual([
      1, 1, 1, 2,
    ])
    world.clock.move(59)
    expect(await calls('minute')).toBe(2)
    world.clock.move(1)
    expect([await calls('usual'), await calls('minute')]).toEqual([2, 3])
    world.clock.move(900)
    expect(await calls('usual')).toBe(4)
  })

  test('is fetched once for all who ask together', async () => {
    await world.serveList()
    await Promise.all(Array.from({ length: 20 }, () => world.verify(undefined, 'now')))
    expect(world.server.requests.length).toBe(1)
  })

  test('is used no longer than its issuer says', async () => {
    const entry = world.membership({ type: 'BitstringStatusListEntry' })
    const subject = { type: 'BitstringStatusList', encodedList: `u${packed(16 * 1024)}`, ttl: 30_000 }
    await world.serveList({ type: 'BitstringStatusListCredential', subject, claims: { jti: world.listUrl } })
    await world.verify(entry)
    world.clock.move(29)
    await world.verify(entry)
    expect(world.server.requests.length).toBe(1)
    world.clock.move(1)
    await world.verify(entry)
    expect(world.server.requests.length).toBe(2)
  })

  test('that cannot be renewed is used for four hours, and then nothing is let through', async () => {
    await world.serveList()
    await world.verify()
    world.answer((response) => void response.writeHead(503).end())
    world.clock.move(4 * hour - 1)
    expect(VerifiedCredential.is(await world.verify(undefined, 'now'))).toBe(true)
    world.clock.move(1)
    expect(await refusal()).toEqual(unavailable('STATUS_RETRIEVAL_ERROR'))
    world.clock.move(60)
    await world.serveList()
    expect(VerifiedCredential.is(await world.verify())).toBe(true)
  })

  test('is not used beyond its own end', async () => {
    await world.serveList({ claims: { exp: epochSeconds(testStart) + hour } })
    await world.verify()
    world.answer((response) => void response.writeHead(503).end())
    world.clock.move(hour - 1)
    expect(VerifiedCredential.is(await world.verify(undefined, 'now'))).toBe(true)
    world.clock.move(1)
    expect(await refusal()).toEqual(unavailable('STATUS_RETRIEVAL_ERROR'))
  })

  test('that was revoked stays so while the source does not answer', async () => {
    await world.serveList({ set: [7] })
    expect((await refusal()).code).toBe('credential.revoked')
    world.answer((response) => void response.writeHead(503).end())
    world.clock.move(hour)
    expect((await refusal()).code).toBe('credential.revoked')
  })
})

describe('a source that fails', () => {
  test('is left alone for one second, then two, and so on up to a minute', async () => {
    const waits: number[] = []
    for (let wait = 0; waits.length < 8; wait += 1) {
      const before = world.server.requests.length
      await refusal(undefined, 'now')
      if (world.server.requests.length > before) {
        waits.push(wait)
        wait = -1
      }
      world.clock.move(1)
    }
    expect(waits).toEqual([0, 0, 1, 3, 7, 15, 31, 59])
  })

  test('is in the log, by name and without the address', async () => {
    await refusal()
    expect(world.logged).toEqual([
      'status list cannot be had {"code":"credential.status_unavailable","detail":"STATUS_RETRIEVAL_ERROR: no good answer"}',
    ])
  })
})

describe('the keeper of copies', () => {
  const list: StatusList = {
    bits: Buffer.alloc(16 * 1024),
    purposes: ['revocation'],
    validUntil: undefined,
    keepMilliseconds: undefined,
  }
  const wanted = { url: 'https://a.example/list', issuer: 'did:web:a.example', kind: statusListKinds.StatusList2021 }
  const verifyList = () => Promise.reject(new Error('is not asked'))
  const keepFrom = (fetchList: FetchList) => {
    const logged: LogFields[] = []
    const log: Log = { ...silentLog, warn: (_, fields = {}) => void logged.push(fields) }
    return { find: createKeepLists({ clock: world.clock, log, fetchList }), logged }
  }

  test('uses a copy of a list that does not say when it ends for four hours all the same', async () => {
    let answers = true
    const { find } = keepFrom(async () => {
      if (answers) return list
      throw new NodeError('credential.status_unavailable')
    })
    expect(await find(wanted, 'usual', verifyList)).toBe(list)
    answers = false
    world.clock.move(4 * hour - 1)
    expect(await find(wanted, 'now', verifyList)).toBe(list)
    world.clock.move(61)
    expect((await rejectionOf(find(wanted, 'now', verifyList))).code).toBe('credential.status_unavailable')
  })

  test('lets nobody through with a list that is over before it is there', async () => {
    const { find } = keepFrom(async () => ({ ...list, validUntil: world.clock.now() }))
    expect((await rejectionOf(find(wanted, 'now', verifyList))).code).toBe('credential.status_unavailable')
  })

  test('tells a fault of this node from a source that does not answer', async () => {
    const { find, logged } = keepFrom(() => Promise.reject(new TypeError('a mistake')))
    expect((await rejectionOf(find(wanted, 'now', verifyList))).code).toBe('internal.fault')
    expect(logged).toEqual([{ code: 'internal.fault' }])
  })
})

describe('an older list', () => {
  test('is refused once a newer one was seen, also after a restart; the newer copy is used as long as it may', async () => {
    await world.serveList({ set: [7] })
    const older = { claims: { nbf: epochSeconds(testStart) - 60 } }
    expect((await refusal()).code).toBe('credential.revoked')
    await world.serveList(older)
    world.clock.move(20 * 60)
    expect((await refusal()).code).toBe('credential.revoked')
    world.restart()
    await world.serveList(older)
    expect(await refusal()).toEqual(unavailable('STATUS_VERIFICATION_ERROR'))
  })

  test('is not one that was issued at the same second', async () => {
    await world.serveList({ set: [7] })
    expect((await refusal()).code).toBe('credential.revoked')
    world.restart()
    await world.serveList()
    expect(VerifiedCredential.is(await world.verify())).toBe(true)
  })
})
