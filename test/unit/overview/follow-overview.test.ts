import { beforeEach, expect, test } from '@jest/globals'
import { createFollowOverview } from '../../../node/overview/follow-overview.js'
import { createFixedClock } from '../../../node/kernel/clock.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { startTrace } from '../../../node/kernel/trace.js'
import type { Party } from '../../../node/identity/party.js'
import type { InboxEntry } from '../../../node/notifications/inbox-records.js'
import type { Overview, OverviewRequest } from '../../../schemas/wire/overview.js'

const clock = createFixedClock(Date.parse('2026-11-26T09:00:00Z'))
const party = { subject: 'gemeente', did: 'did:web:gemeente.example' } as Party // All that is looked at here.
const known = 'WlzIndicatie/6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11'
const other = 'WlzIndicatie/00000000-0000-4000-8000-000000000000'
const request: OverviewRequest = {
  bsn: '999990019',
  purposes: ['WMO_UITVOERING'],
  basis: 'zaak 2026-17',
  by: 'consulent',
  records: [known],
  organizations: [],
}

let entries: InboxEntry[]
let asked: OverviewRequest[]
let stop: AbortController

beforeEach(() => {
  entries = []
  asked = []
  stop = new AbortController()
})

function arrive(recordID: string): void {
  const number = entries.length + 1
  const subjectList = [{ subject: recordID, recordID }]
  entries.push({ party: 'gemeente', number, kind: 'notificatie', subjectList } as unknown as InboxEntry) // As above.
}

function follow(options: { readonly ownBsn?: string; readonly failing?: boolean } = {}) {
  const followOverview = createFollowOverview({
    clock,
    createOverview(made) {
      if (options.failing === true) return Promise.reject(new NodeError('audit.unavailable'))
      asked.push(made.request)
      return Promise.resolve({ timeline: [] } as unknown as Overview) // As above.
    },
    inbox: {
      head: () => Promise.resolve({ number: entries.length, feed: '' }),
      read: ({ after }) => Promise.resolve({ entries: entries.filter(({ number }) => number > after), more: false }),
    },
    waits: {
      commits: () => 0,
      async untilMore() {
        clock.move(1)
        // What comes in while somebody waits.
        if (entries.length === 0) stop.abort()
        await Promise.resolve()
      },
    },
    findToldCases: () =>
      Promise.resolve(
        options.ownBsn === undefined ? [] : [{ active: { bsn: options.ownBsn } } as never], // As above.
      ),
  })
  return followOverview({ party, request, trace: startTrace(), signal: stop.signal })
}

test('an event about a record that was asked for makes the overview anew, also when it is spelled otherwise', async () => {
  const parts = await follow()
  await parts.next()
  arrive(`wlzindicatie/${known.toUpperCase()}`)
  expect((await parts.next()).value).toMatchObject({ kind: 'overview' })
  expect(asked).toHaveLength(2)
})

test('an event about somebody else does not: nobody is asked again', async () => {
  const parts = await follow({ ownBsn: '999990366' })
  await parts.next()
  arrive(other)
  expect((await parts.next()).value).toEqual({ kind: 'alive' })
  expect(asked).toHaveLength(1)
})

test('an event for an own case of the person does, and its record is asked from then on', async () => {
  const parts = await follow({ ownBsn: request.bsn })
  await parts.next()
  arrive(other)
  expect((await parts.next()).value).toMatchObject({ kind: 'overview' })
  expect(asked.at(-1)?.records).toEqual([known, other])
})

test('it ends after half an hour', async () => {
  arrive(other)
  const parts = await follow()
  let last: string | undefined
  for await (const part of parts) last = part.kind
  expect(last).toBe('alive')
})

test('what cannot be asked at all is an error before it begins', async () => {
  await expect(follow({ failing: true })).rejects.toMatchObject({ code: 'audit.unavailable' })
})
