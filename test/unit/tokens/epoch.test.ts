import { beforeEach, describe, expect, test } from '@jest/globals'
import { createAudit } from '../../../node/audit/audit.js'
import { createFixedClock, type MovableClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { readBackup, writeBackup } from '../../../node/stores/backup/format.js'
import type { OpenedStore } from '../../../node/stores/contents.js'
import type { JournalPoint } from '../../../node/stores/contracts.js'
import { append, trim } from '../../../node/stores/contracts.js'
import { fillStore } from '../../../node/stores/filling.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { findRestored, markRestored, type Restored } from '../../../node/stores/restored.js'
import { openEpoch, type Epoch } from '../../../node/tokens/epoch.js'
import { refusalOf } from '../../contracts/backend.js'
import { createMemoryKeyStore } from '../../support/node-parts.js'
import { createOutsider } from '../../support/outsider.js'
import { createTokenWorld, outcomeOf, tokenRequest } from '../../support/token-world.js'
import { createFaultyStore } from '../stores/faulty-store.js'

const trace = { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef' }

let clock: MovableClock
let store: OpenedStore

beforeEach(() => {
  clock = createFixedClock(Date.parse('2026-03-01T09:00:00Z'))
  store = createMemoryStore({ clock })
})

/** What a node does when it starts on `of`. */
function start(outside: JournalPoint | undefined, of: OpenedStore = store): Promise<Epoch> {
  const node = { name: 'test', version: '0' }
  const audit = createAudit({ store: of, clock, node, pseudonymKey: Buffer.alloc(32) })
  return openEpoch({ store: of, audit, clock, log: silentLog, outside })
}

/** What the command says. */
function mark(replay: Restored['replay'] = null): Restored {
  const backup = { node: 'test', time: '2026-03-01T08:00:00.000Z', through: 1 }
  return { at: clock.now(), by: 'J. Voorbeeld', backup, replay }
}

/** A backup of `store` in another store, as the commands make it. */
async function restore(lines: readonly string[]): Promise<OpenedStore> {
  const target = createMemoryStore({ clock })
  async function* parts(): AsyncGenerator<string> {
    yield* lines
  }
  const backup = await readBackup(parts())
  const source = { start: backup.header.start, head: backup.header.head, items: () => backup.items() }
  const finish = [markRestored(mark())]
  const verify = backup.requireTotals
  await fillStore({ kind: 'restore', source, target, finish, verify, onProgress: () => {} })
  return target
}

async function backUp(): Promise<readonly string[]> {
  const lines: string[] = []
  const snapshot = await store.contents.snapshot()
  for await (const part of writeBackup(snapshot, { node: 'test', now: clock.now() })) lines.push(part)
  return lines
}

async function codes(of: OpenedStore = store): Promise<readonly unknown[]> {
  const entries = await of.journal.read({ after: 0, limit: 1000 })
  return entries.map(({ value }) => (value as { event?: { code?: string } } | null)?.event?.code)
}

const granting = (epoch: Epoch) => refusalOf(Promise.resolve().then(() => epoch.requireGranting()))
const reading = (epoch: Epoch) => refusalOf(epoch.requireReading())

describe('a store that was not restored', () => {
  test.each([['no checkpoint'], ['the checkpoint at its head'], ['a checkpoint below its head']])(
    'is in no new epoch, with %s',
    async (which) => {
      await store.write([append('a'), append('b'), append('c')])
      const [, second] = await store.journal.read({ after: 0, limit: 3 })
      const head = await store.journal.head()
      const epoch = await start(which === 'no checkpoint' ? undefined : which.includes('below') ? second : head)
      expect(epoch.tokensFrom).toBe(0)
      expect(await granting(epoch)).toBe('fulfilled')
      expect(await reading(epoch)).toBe('fulfilled')
      expect(await store.journal.head()).toEqual(head)
    },
  )

  test('is not taken for restored because retention removed what a checkpoint was of', async () => {
    await store.write([append('a'), append('b'), append('c')])
    const [first, second] = await store.journal.read({ after: 0, limit: 3 })
    await store.write([trim(2)])
    expect((await start(first)).tokensFrom).toBe(0)
    expect((await start(second)).tokensFrom).toBe(0)
  })
})

describe('a store that was restored', () => {
  const other = { number: 2, hash: 'ab'.repeat(32) }

  test.each<[string, JournalPoint]>([
    ['is above its head', { number: 9, hash: 'ab'.repeat(32) }],
    ['has another hash', other],
  ])('is known by a checkpoint outside that %s', async (_, outside) => {
    await store.write([append('a'), append('b'), append('c')])
    const epoch = await start(outside)
    expect(epoch.tokensFrom).toBe(clock.now() + 20_000)
    expect(await granting(epoch)).toBe('token.unconfirmed')
    expect(await reading(epoch)).toBe('token.unconfirmed')
    expect(await codes()).toEqual([undefined, undefined, undefined, 'storage.restored'])
  })

  test('lets no node start while its new epoch cannot be written', async () => {
    const { store: failing, medium } = createFaultyStore(clock)
    await failing.write([markRestored(mark())])
    medium.fault = 'before'
    expect(await refusalOf(start(undefined, failing))).toBe('store.unavailable')
    expect((await findRestored(failing.records))?.value).toEqual(mark())
  })

  test('is known once: the same checkpoint is no news at the next start', async () => {
    await store.write([append('a')])
    const { tokensFrom } = await start(other)
    clock.move(60)
    const again = await start(other)
    expect(again.tokensFrom).toBe(tokensFrom)
    expect(await reading(again)).toBe('token.unconfirmed')
    await again.confirm({ user: 'J. Voorbeeld', ground: 'proef', trace })
    expect(await reading(await start(other))).toBe('fulfilled')
    expect((await start({ number: 99, hash: other.hash.replace('a', 'b') })).tokensFrom).toBe(clock.now() + 20_000)
  })

  test('waits for its administrator, who is in the journal; another replica hears of it', async () => {
    await store.write([append('a')])
    const [epoch, replica] = [await start(other), await start(other)]
    await epoch.confirm({ user: 'J. Voorbeeld', ground: 'niets ingetrokken', trace })
    expect(await reading(epoch)).toBe('fulfilled')
    expect(await reading(replica)).toBe('fulfilled')
    const [entry] = await store.journal.read({ after: 2, limit: 1 })
    expect(entry?.value).toMatchObject({
      event: { code: 'storage.confirmed', actor: { user: { id: 'J. Voorbeeld' } }, reasons: ['niets ingetrokken'] },
    })
    await epoch.confirm({ user: 'J. Voorbeeld', ground: 'nog eens', trace })
    expect((await codes()).filter((code) => code === 'storage.confirmed')).toHaveLength(1)
  })

  test('is in one new epoch when two replicas start on it together', async () => {
    await store.write([markRestored(mark())])
    const [first, second] = await Promise.all([start(undefined), start(undefined)])
    expect(first.tokensFrom).toBe(second.tokensFrom)
    expect(await codes()).toEqual(['storage.restored'])
    expect(await findRestored(store.records)).toBeUndefined()
  })

  test('is not confirmed by any checkpoint while entries wait to be replayed', async () => {
    await store.write([append('a'), append('b'), markRestored(mark({ done: 1, through: 2 }))])
    expect(await reading(await start(await store.journal.head()))).toBe('token.unconfirmed')
  })

  test('is confirmed by the newest checkpoint once they are; who did it and from what is in the journal', async () => {
    await store.write([append('a'), append('b'), markRestored(mark({ done: 2, through: 2 }))])
    expect(await reading(await start(await store.journal.head()))).toBe('fulfilled')
    const [entry] = await store.journal.read({ after: 2, limit: 1 })
    expect(entry?.value).toMatchObject({
      event: {
        code: 'storage.restored',
        actor: { user: { id: 'J. Voorbeeld' } },
        reasons: [
          'the command filled it at 2026-03-01T09:00:00.000Z from a backup of test of 2026-03-01T08:00:00.000Z, up to entry 1',
          'an export gave the entries up to 2, and they were replayed',
        ],
      },
    })
  })

  test('without any checkpoint is not trusted to hold every revocation', async () => {
    await store.write([markRestored(mark())])
    expect(await reading(await start(undefined))).toBe('token.unconfirmed')
  })
})

describe('after a restore', () => {
  test('a spent presentation and a token of before are refused, and new ones are good', async () => {
    const keyStore = createMemoryKeyStore()
    const stelselbeheerder = createOutsider(clock)
    const before = await createTokenWorld({ store, clock, keyStore, stelselbeheerder })
    const { access_token: old } = await before.grant(tokenRequest(before))
    const lines = await backUp()
    const outside = await store.journal.head()
    const spent = tokenRequest(before)
    expect(await outcomeOf(before, spent)).toBe('granted')

    const restored = await restore(lines)
    const epoch = await start(outside, restored)
    const after = await createTokenWorld({ store: restored, clock, keyStore, stelselbeheerder, epoch })
    expect(await outcomeOf(after, spent)).toBe('token.too_soon')
    expect(await after.tokenStore.find(old)).toBeUndefined()
    expect(await refusalOf(after.tokenStore.get(old, 'ciz'))).toBe('token.invalid')
    clock.move(19.999)
    expect(await outcomeOf(after, tokenRequest(after))).toBe('token.too_soon')
    clock.move(0.001)
    expect(await outcomeOf(after, spent)).toBe('presentation.expired')
    const { access_token: young } = await after.grant(tokenRequest(after))
    expect((await after.tokenStore.get(young, 'ciz')).record.party).toBe('ciz')
    expect(await after.tokenStore.find(old)).toBeUndefined()
  })

  test('without it the same presentation would be accepted: the epoch is what refuses it', async () => {
    const keyStore = createMemoryKeyStore()
    const stelselbeheerder = createOutsider(clock)
    const before = await createTokenWorld({ store, clock, keyStore, stelselbeheerder })
    const lines = await backUp()
    const spent = tokenRequest(before)
    expect(await outcomeOf(before, spent)).toBe('granted')
    const after = await createTokenWorld({ store: await restore(lines), clock, keyStore, stelselbeheerder })
    expect(await outcomeOf(after, spent)).toBe('granted')
  })
})
