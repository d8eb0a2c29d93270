import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import type { InboxPage } from '../../schemas/wire/inbox.js'
import { journalOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'
import { deliver, newIndicatie } from '../support/send-message.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const noord = 'zorgkantoor-noord'
const secret = randomBytes(32)
const webhook = `/internal/bronnet/v1/notifications/webhook/${noord}`

interface Taken {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

let region: Region
let directory = ''
let server: Server
let taken: Taken[] = []
/** How the endpoint answers, by what it gets. */
let answerWith: (body: Record<string, unknown>) => number = () => 204

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-webhook-'))
  await writeFile(join(directory, 'secret'), `whsec_${secret.toString('base64')}\n`)
  await writeFile(join(directory, 'bad-secret'), 'geheim')
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const status = answerWith(JSON.parse(body) as Record<string, unknown>)
      if (status < 300) taken.push({ headers: request.headers, body })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  region = await startRegion({
    clock,
    configure: (_name, settings) => ({
      ...settings,
      notifications: {
        webhookSecrets: {
          zaaksysteem: join(directory, 'secret'),
          kapot: join(directory, 'bad-secret'),
          weg: join(directory, 'nothing'),
        },
      },
    }),
  })
})
afterAll(async () => {
  await region.end()
  server.close()
  await rm(directory, { recursive: true, force: true })
})
beforeEach(() => {
  taken = []
  answerWith = () => 204
})

const call = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> =>
  region.world.member(noord).administrator.call(method, path, body)
const endpoint = (): string => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/berichten`
const set = (changes: Record<string, unknown> = {}): Promise<unknown> =>
  call('POST', webhook, { by: 'beheer', url: endpoint(), secret: 'zaaksysteem', ...changes })

async function send(): Promise<string> {
  const input = newIndicatie(toRfc3339(clock.now()))
  const answer = await deliver(region, { from: 'ciz', to: noord, role: 'zorgkantoor', input })
  return String(answer.body.data?.['zendNotificatie']?.['notificatieID'])
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 150; turn += 1) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it never came to that')
}
const ids = (): readonly unknown[] =>
  taken.map(({ headers }) => headers['webhook-id']).filter((_, index) => !taken[index]?.body.includes('"ping"'))

describe('a webhook', () => {
  test('is tried first, then gets what waits and what comes, signed, and what it takes is acknowledged', async () => {
    const waiting = await send()
    await set()
    const coming = await send()
    await until(() => ids().length === 2)
    expect(ids()).toEqual([waiting, coming])
    for (const { headers, body } of taken) {
      const text = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
      const mac = createHmac('sha256', secret).update(text).digest('base64')
      expect(headers['webhook-signature']).toBe(`v1,${mac}`)
    }
    await until(async () => ((await call('GET', inboxPath)) as InboxPage).messages.length === 0)
    expect(await call('GET', webhook)).toMatchObject({ url: endpoint(), secret: 'zaaksysteem', failures: 0 })
  })

  test('that is down holds nothing back for good: everything comes, in order, each once', async () => {
    answerWith = () => 503
    const sent = [await send(), await send(), await send()]
    await until(async () => ((await call('GET', webhook)) as { failures: number }).failures > 0)
    answerWith = () => 204
    clock.move(10)
    await until(() => ids().length === 3)
    expect(ids()).toEqual(sent)
  })

  test('that does not want one message gets the next, and the one is parked until somebody tries it again', async () => {
    const bad = newIndicatie(toRfc3339(clock.now()))
    let isMended = false
    answerWith = (body) =>
      !isMended && JSON.stringify(body).includes(String(bad.subjectList[0]?.recordID)) ? 422 : 204
    await deliver(region, { from: 'ciz', to: noord, role: 'zorgkantoor', input: bad })
    const next = await send()
    await until(() => ids().includes(next))
    const parked = (await call('GET', `${inboxPath}?state=parked`)) as InboxPage
    expect(parked.messages).toMatchObject([{ parked: { by: 'webhook', code: 'outbound.bad_answer' } }])
    isMended = true
    await call('POST', `${inboxPath}/retry`, { by: 'beheer', number: parked.messages[0]?.number })
    expect(((await call('GET', `${inboxPath}?state=parked`)) as InboxPage).messages).toEqual([])
    expect(ids()).toContain(parked.messages[0]?.notificatieID)
  })

  test('can ask for CloudEvents', async () => {
    await set({ format: 'cloudevents' })
    const id = await send()
    await until(() => ids().includes(id))
    const [last] = taken.slice(-1)
    expect(last?.headers['content-type']).toBe('application/cloudevents-batch+json')
    expect(JSON.parse(last?.body ?? '')).toMatchObject([{ specversion: '1.0', id }])
  })

  test('that is removed gets nothing more, and messages wait', async () => {
    await call('DELETE', `${webhook}?by=beheer`)
    await expect(call('GET', webhook)).rejects.toThrow(/no webhook/)
    const id = await send()
    const { messages } = (await call('GET', inboxPath)) as InboxPage
    expect(messages.map(({ notificatieID }) => notificatieID)).toContain(id)
    expect(ids()).toEqual([])
  })

  test.each([
    ['the metadata service of a cloud', { url: 'http://169.254.169.254/latest/meta-data' }, /may not be called/],
    ['another private network', { url: 'https://10.0.0.1/berichten' }, /may not be called/],
    ['an address with a password in it', { url: 'https://a:b@voorbeeld.nl/' }, /may not be called/],
    ['where nobody answers', { url: 'http://127.0.0.1:1/berichten' }, /nobody answers/],
    ['a secret that the settings do not have', { secret: 'onbekend' }, /no secret with that name/],
    ['a file that is not there', { secret: 'weg' }, /cannot be read/],
    ['a secret that is none', { secret: 'kapot' }, /whsec_/],
  ])('is refused when it is %s', async (_case, changes, words) => {
    await expect(set(changes)).rejects.toThrow(words)
    expect(JSON.stringify(await set(changes).catch(String))).not.toContain('geheim')
    await expect(call('GET', webhook)).rejects.toThrow(/no webhook/)
  })

  test('is refused when it answers a ping with an error', async () => {
    answerWith = () => 500
    await expect(set()).rejects.toThrow(/answered with status 500/)
  })

  test('leaves neither its secret nor a signature in the journal', async () => {
    const journal = JSON.stringify(await journalOf(region.world.member(noord)))
    expect(journal).toContain('notification.webhook')
    expect(journal).not.toContain(secret.toString('base64'))
  })
})

const inboxPath = `/internal/bronnet/v1/notifications/inbox/${noord}`
