import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from '@jest/globals'
import { createAudit } from '../../../node/audit/audit.js'
import { silentLog } from '../../../node/kernel/log.js'
import { createInbox } from '../../../node/notifications/inbox.js'
import { createInboxWriter } from '../../../node/notifications/inbox-writer.js'
import { createWebhooks } from '../../../node/notifications/webhook.js'
import { createMemoryStore } from '../../../node/stores/memory.js'
import { clock, incoming } from './incoming.js'

const directory = mkdtempSync(join(tmpdir(), 'bronnet-webhook-'))
const secret = join(directory, 'secret')
beforeEach(() => writeFileSync(secret, `whsec_${Buffer.alloc(24, 7).toString('base64')}\n`))
afterAll(() => rmSync(directory, { recursive: true }))

const url = 'https://afnemer.example.nl/webhook'

/** A party with a webhook that answers so, and one message in its inbox. */
async function open(answer: () => number) {
  const store = createMemoryStore({ clock })
  const audit = createAudit({ store, clock, node: { name: 'test', version: '0' }, pseudonymKey: Buffer.alloc(32) })
  const inbox = createInbox({ store, clock, audit, restoredAt: 0, keepDays: 90 })
  await createInboxWriter({ store, clock, log: silentLog, onReceived: [] }).stow(incoming('a'))
  const webhooks = createWebhooks({
    store,
    clock,
    log: silentLog,
    audit,
    inbox,
    outbound: {
      request: () =>
        Promise.resolve({
          status: answer(),
          headers: { get: () => undefined },
          mediaType: undefined,
          body: Buffer.alloc(0),
        }),
    },
    secretFiles: { usual: secret },
    findEventType: () => undefined,
    random: () => 0,
  })
  await webhooks.set('noord', { url, secret: 'usual', format: 'message' }, { by: 'test' })
  const handle = async () => {
    const [entry] = (await inbox.read({ party: 'noord', state: 'open', after: 0, limit: 1 })).entries
    if (entry === undefined) throw new Error('nothing waits')
    return webhooks.follower.handle(entry, new AbortController().signal)
  }
  return { inbox, webhooks, handle }
}

test('a message waits while the secret cannot be read, and is handed over when it can', async () => {
  const { inbox, webhooks, handle } = await open(() => 204)
  rmSync(secret)
  expect(await handle()).toEqual({ again: expect.any(Number) })
  expect(await webhooks.get('noord')).toMatchObject({ failures: 1, lastError: 'notification.webhook_refused' })
  writeFileSync(secret, `whsec_${Buffer.alloc(24, 8).toString('base64')}\n`)
  clock.move(60)
  expect(await handle()).toBeUndefined()
  expect((await inbox.measure('noord')).open).toBe(0)
})

test('a message that the endpoint does not want is its own fault', async () => {
  const statuses = [204, 400]
  const { handle } = await open(() => statuses.shift() ?? 400)
  await expect(handle()).rejects.toMatchObject({ code: 'outbound.bad_answer' })
})
