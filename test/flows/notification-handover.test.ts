import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../node/cli/arguments.js'
import { CommandFailure } from '../../node/cli/command.js'
import { exitStatus } from '../../node/cli/exit-status.js'
import { notificationInboxCommands } from '../../node/cli/notification-inbox.js'
import { createFixedClock, toRfc3339 } from '../../node/kernel/clock.js'
import type { InboxMessage, InboxPage } from '../../schemas/wire/inbox.js'
import { accountOf } from '../support/journal.js'
import { readEvents } from '../support/read-events.js'
import { startRegion, type Region } from '../support/region.js'
import { deliver, newIndicatie } from '../support/send-message.js'

const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const noord = 'zorgkantoor-noord'
const base = `/internal/bronnet/v1/notifications/inbox/${noord}`
let region: Region
beforeAll(async () => {
  region = await startRegion({ clock })
})
afterAll(() => region.end())

async function call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  return (await region.world.member(noord).administrator.call(method, `${base}${path}`, body)) as T
}
const poll = (more: Record<string, unknown> = {}): Promise<InboxPage> =>
  call('POST', '/poll', { by: 'zaaksysteem', ...more })
const acknowledge = (which: Record<string, unknown>): Promise<{ acknowledged: number }> =>
  call('POST', '/acknowledge', { by: 'zaaksysteem', ...which })

async function send(): Promise<string> {
  const input = newIndicatie(toRfc3339(clock.now()))
  const answer = await deliver(region, { from: 'ciz', to: noord, role: 'zorgkantoor', input })
  expect(answer.status).toBe(200)
  return String(answer.body.data?.['zendNotificatie']?.['notificatieID'])
}

const idsOf = ({ messages }: InboxPage): readonly string[] => messages.map(({ notificatieID }) => notificatieID)

beforeEach(async () => {
  const { messages } = await call<InboxPage>('GET', '?limit=1000')
  const last = messages.at(-1)
  if (last !== undefined) await acknowledge({ through: last.number })
})

describe('an own system that polls', () => {
  test('gets what waits, again and again, until it acknowledges', async () => {
    const sent = [await send(), await send(), await send()]
    expect(idsOf(await poll())).toEqual(sent)
    const page = await poll({ limit: 2 })
    expect([idsOf(page), page.more]).toEqual([sent.slice(0, 2), true])
    expect(idsOf(await poll({ after: page.next }))).toEqual(sent.slice(2))
    expect(await acknowledge({ numbers: page.messages.map(({ number }) => number) })).toEqual({ acknowledged: 2 })
    expect(idsOf(await poll())).toEqual(sent.slice(2))
    expect(await acknowledge({ through: page.next + 1 })).toEqual({ acknowledged: 1 })
    expect(idsOf(await poll())).toEqual([])
  })

  test('shows how far each message is, and under which trace the source was asked because of it', async () => {
    await send()
    const stateOf = async (): Promise<InboxMessage | undefined> =>
      (await call<InboxPage>('GET', '?state=all&limit=1000')).messages.at(-1)
    expect(await stateOf()).toMatchObject({ state: 'received', source: 'sent', sender: { name: 'CIZ', role: 'ciz' } })
    const { messages, next } = await poll()
    expect(await stateOf()).toMatchObject({ state: 'handed-over', handedOverAt: '2026-11-24T09:00:00.000Z' })
    const raadplegingTraceId = messages[0]?.traceId ?? ''
    await acknowledge({ through: next, raadplegingTraceId })
    expect(await stateOf()).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'zaaksysteem', raadplegingTraceId })
  })

  test('waits for a message when it asks to', async () => {
    const waiting = poll({ waitSeconds: 20 })
    const id = await send()
    expect(idsOf(await waiting)).toEqual([id])
  })

  test('is in the journal with each thing it does', async () => {
    await send()
    const account = await accountOf(region.world.member(noord), async () => {
      const { next } = await poll()
      await acknowledge({ through: next })
    })
    expect(account).toMatchObject([
      { code: 'notification.handed-over', actor: { user: { id: 'zaaksysteem' } }, object: { recordCount: 1 } },
      { code: 'notification.acknowledged', actor: { user: { id: 'zaaksysteem' } }, object: { recordCount: 1 } },
    ])
  })

  test.each([
    ['acknowledges what was never given', '/acknowledge', { by: 'a', through: 99_999 }, /404/],
    ['acknowledges nothing', '/acknowledge', { by: 'a' }, /give numbers or through/],
    ['does not say who it is', '/poll', {}, /by/],
    ['retries what is not parked', '/retry', { by: 'a', number: 1 }, /not parked/],
  ])('is refused when it %s', async (_case, path, body, words) => {
    await send()
    await expect(call('POST', path, body)).rejects.toThrow(words)
  })

  test('finds no inbox of a party that receives nothing', async () => {
    const administrator = region.world.member('stelselbeheerder').administrator
    await expect(
      administrator.call('GET', '/internal/bronnet/v1/notifications/inbox/stelselbeheerder'),
    ).rejects.toThrow(/404/)
  })
})

describe('an own system that follows', () => {
  const eventsUrl = (): string => `${region.world.member(noord).internalUrl}${base}/events`

  test('gets what waits and what comes, and goes on after the last that it had', async () => {
    const before = await send()
    const first = readEvents(eventsUrl())
    expect((await first.next()).data).toMatchObject({ notificatieID: before, kind: 'notificatie' })
    const during = await send()
    const last = await first.next()
    expect(last.data).toMatchObject({ notificatieID: during })
    await first.end()

    // What comes while nobody follows is not lost.
    const missed = [await send(), await send()]
    const second = readEvents(eventsUrl(), { 'last-event-id': last.id })
    expect([await second.next(), await second.next()].map(({ data }) => data['notificatieID'])).toEqual(missed)
    await second.end()
  })

  test('begins at the oldest message that waits, also when it had others of before a restore', async () => {
    const id = await send()
    const stream = readEvents(eventsUrl(), { 'last-event-id': 'other.1' })
    expect((await stream.next()).data).toMatchObject({ notificatieID: id })
    await stream.end()
  })

  test('is refused with a position that is none', async () => {
    const answer = await fetch(eventsUrl(), { headers: { 'last-event-id': 'yesterday' } })
    expect(answer.status).toBe(400)
  })
})

describe('bronnet notification', () => {
  interface Outcome {
    readonly status: number
    readonly said: readonly string[]
  }
  async function run(
    words: readonly string[],
    onSaid: (said: readonly string[]) => void = () => undefined,
  ): Promise<Outcome> {
    const commands = notificationInboxCommands({
      findConfiguration: () => Promise.reject(new Error('the node is named')),
    })
    const { internalUrl } = region.world.member(noord)
    const request = parseArguments(commands, ['notification', ...words, '--subject', noord, '--node', internalUrl])
    if (request.kind !== 'run') throw new Error(JSON.stringify(request))
    const said: string[] = []
    const say = (text: string): void => {
      said.push(text)
      onSaid(said)
    }
    try {
      return { status: await request.command.run(request.given, { say, note: () => undefined }), said }
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error
      return { status: error.status, said: error.lines }
    }
  }

  test('lists what waits and acknowledges it', async () => {
    await send()
    const listed = await run(['inbox'])
    // A stream that has just ended may still have been given it.
    expect(listed.said[0]).toMatch(/(received|handed-over) +NIEUWE_INDICATIE_ZORGKANTOOR +CIZ +WlzIndicatie\//)
    const number = /\n *(\d+) /.exec(listed.said[0] ?? '')?.[1] ?? ''
    expect(await run(['acknowledge', number])).toEqual({ status: 0, said: ['1 acknowledged.'] })
    expect(await run(['acknowledge', '--through', number, '--json'])).toEqual({
      status: 0,
      said: ['{"acknowledged":0}'],
    })
    expect((await run(['acknowledge'])).status).toBe(exitStatus.usage)
    expect((await run(['acknowledge', 'een'])).status).toBe(exitStatus.usage)
    expect((await run(['retry', number])).said[0]).toMatch(/not parked/)
  })

  test('watches what comes, one line for each message', async () => {
    const waiting = await send()
    let later = ''
    const ended = new Promise<readonly string[]>((resolve) => {
      void run(['watch'], (said) => {
        if (said.length === 1) void send().then((id) => (later = id))
        else resolve([...said])
      })
    })
    const lines = (await ended).map((line) => (JSON.parse(line) as InboxMessage).notificatieID)
    expect(lines).toEqual([waiting, later])
  })

  test('sets no webhook at an address that may not be called, and knows when there is none', async () => {
    expect((await run(['webhook'])).said[0]).toMatch(/no webhook/)
    expect((await run(['webhook', '--url', 'https://voorbeeld.nl/'])).status).toBe(exitStatus.usage)
    const refused = await run(['webhook', '--url', 'http://169.254.169.254/', '--secret', 'geheim'])
    expect(refused).toMatchObject({ status: exitStatus.no, said: [expect.stringMatching(/no secret with that name/)] })
    expect((await run(['webhook', '--remove'])).said[0]).toMatch(/no webhook/)
  })
})
