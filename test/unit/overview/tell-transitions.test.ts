import { beforeEach, describe, expect, test } from '@jest/globals'
import { silentLog } from '../../../node/kernel/log.js'
import { startTrace } from '../../../node/kernel/trace.js'
import type { ToldCase } from '../../../node/notifications/abonnement/find-told-cases.js'
import type { ReceivedMessage } from '../../../node/notifications/inbox-records.js'
import type { OutgoingMessage } from '../../../node/notifications/outbox/enqueue.js'
import { createNoteTransitions } from '../../../node/overview/transition/note-transitions.js'
import { createTellGap } from '../../../node/overview/transition/tell-gap.js'
import {
  transitionChecks,
  transitionKey,
  type TransitionCheck,
} from '../../../node/overview/transition/transition-records.js'
import { put } from '../../../node/stores/contracts.js'
import { createNodeParts, moment, type NodeParts } from '../../support/node-parts.js'

const recordID = 'WlzIndicatie/6f2f0b0e-6f0c-4a57-9d0a-1c1f0a7d9b11'
const check: TransitionCheck = {
  party: 'gemeente',
  source: 'toewijzingsregister',
  clientID: 'aaaaaaaa-0000-4000-8000-000000000001',
  recordID,
  state: 'due',
  since: moment,
  dueAt: moment,
  failures: 0,
}

let parts: NodeParts
beforeEach(() => {
  parts = createNodeParts()
})

describe('an indicatie that a gemeente is told of', () => {
  const message: ReceivedMessage = {
    party: 'gemeente',
    kind: 'notificatie',
    notificatieID: '5b0c7f2e-1d5a-4a53-9f57-3d1c5f0f4a11',
    receivedAt: moment,
    sender: {},
    source: 'sent',
    encoding: 'graphql',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    timestamp: '2026-11-24T09:00:00Z',
    afzenderIDType: 'KVK',
    afzenderID: '62253778',
    ontvangerIDType: 'GEMEENTECODE',
    ontvangerID: '9998',
    eventType: 'NIEUWE_INDICATIE_GEMEENTE',
    subjectList: [{ subject: recordID, recordID }],
  }
  const note = async (): Promise<TransitionCheck | undefined> => {
    const { source, clientID } = check
    // As much of a case as is looked at.
    const told = { own: { doel: 'WMO_UITVOERING' }, source, active: { clientID } } as unknown as ToldCase
    const hook = createNoteTransitions({ ...parts, findToldCases: () => Promise.resolve([told]) })
    await parts.store.write(await hook.operations(message))
    return (await parts.store.records.get(transitionChecks, transitionKey(check)))?.value
  }

  test('is to be looked at', async () => {
    expect(await note()).toMatchObject({ state: 'due', dueAt: moment, since: moment })
  })

  test('is to be looked at again when it is told again, and what was told of it stays known', async () => {
    const told = { state: 'watched', told: 'these days', toldAt: moment } as const
    await parts.store.write([put(transitionChecks, transitionKey(check), { ...check, ...told })])
    expect(await note()).toMatchObject({ state: 'due', told: 'these days', toldAt: moment })
  })
})

describe('days without care', () => {
  const gap = { start: '2027-01-01', end: '2027-01-10', days: 10, toewijzingen: ['een'] } as const
  async function tell(zorgkantoor: string | undefined): Promise<readonly OutgoingMessage[]> {
    const told: OutgoingMessage[] = []
    const tellGap = createTellGap({
      ...parts,
      log: silentLog,
      enqueue: (message) => {
        told.push(message)
        return []
      },
      receive: () => Promise.reject(new Error('a party without an inbox')),
      findMemberships: () => Promise.resolve([]),
    })
    expect(await tellGap({ check, gap, zorgkantoor, trace: startTrace() })).toHaveLength(1)
    return told
  }

  test('are told to the zorgkantoor that the indicatie names', async () => {
    expect((await tell('5999')).map(({ receiver }) => receiver)).toEqual([{ idType: 'UZOVI', id: '5999' }])
  })

  test.each([['999990019'], ['x'.repeat(600)], ['']])(
    'are told to nobody when that is no uzovi-nummer: %s',
    async (id) => {
      expect(await tell(id)).toEqual([])
    },
  )
})
