import { afterEach, describe, expect, test } from '@jest/globals'
import { createAnchor } from '../../../node/audit/anchor.js'
import { anchorRoutes } from '../../../node/http/routes/audit.js'
import { silentLog } from '../../../node/kernel/log.js'
import type { Outbound } from '../../../node/kernel/outbound.js'
import { createAuditWorld, type AuditWorld } from '../../support/audit-world.js'
import { rejectionOf } from '../../support/refusals.js'
import { createServedWorld } from './served.js'

const served = createServedWorld()
const worlds: AuditWorld[] = []
afterEach(async () => {
  await served.close()
  for (const world of worlds.splice(0)) await world.end()
})

/** Calls this machine, and counts. */
function createLocalOutbound(): { readonly outbound: Pick<Outbound, 'request'>; readonly statuses: number[] } {
  const statuses: number[] = []
  return {
    statuses,
    outbound: {
      async request({ url, method, headers = {}, body }) {
        const answer = await fetch(url, { method, headers, body: String(body) })
        statuses.push(answer.status)
        const bytes = Buffer.from(await answer.arrayBuffer())
        return { status: answer.status, headers: { get: () => undefined }, mediaType: undefined, body: bytes }
      },
    },
  }
}

async function createPair() {
  const own = await createAuditWorld()
  const other = await createAuditWorld({ nodes: [{ name: 'eigen', key: own.publicKey }] })
  worlds.push(own, other)
  const { port } = await served.serve(anchorRoutes(other))
  const { outbound, statuses } = createLocalOutbound()
  const alarms: string[] = []
  const log = { ...silentLog, error: (message: string) => void alarms.push(message) }
  const anchor = `http://127.0.0.1:${String(port)}/`
  const tell = createAnchor({ outbound, checkpoints: own.checkpoints, log, anchor })
  const write = async (): Promise<string> => {
    await own.audit.record({ code: 'node.started', action: 'execute', outcome: 'success' })
    return own.checkpoints.make()
  }
  return { own, other, outbound, log, anchor, tell, write, statuses, alarms }
}

describe('a node with an anchor', () => {
  test('sends its newest checkpoint, once, and nothing before there is one', async () => {
    const { other, tell, write, statuses } = await createPair()
    await tell()
    const first = await write()
    await tell()
    await tell()
    await write()
    const third = await write()
    await tell()
    expect(statuses).toEqual([204, 204])
    expect((await other.anchored.list('eigen')).checkpoints).toEqual([first, third])
  })

  test('fails, to be tried again, when the anchor does not take it', async () => {
    const { own, write, outbound, log } = await createPair()
    await write()
    const away = createAnchor({ outbound, checkpoints: own.checkpoints, log, anchor: 'http://127.0.0.1:1' })
    await expect(away()).rejects.toThrow()
  })

  test('fails, to be tried again, when the anchor does not know it', async () => {
    const { own, other, write, outbound, log, anchor, tell, alarms } = await createPair()
    const newest = await write()
    const stranger = await createAuditWorld()
    worlds.push(stranger)
    await stranger.checkpoints.make()
    const tellAsStranger = createAnchor({ outbound, checkpoints: stranger.checkpoints, log, anchor })
    for (const attempt of [1, 2]) {
      const { code, detail } = await rejectionOf(tellAsStranger())
      expect([attempt, code, detail]).toEqual([attempt, 'outbound.bad_answer', 'an anchor answered with status 400'])
    }
    await tell()
    expect([(await other.anchored.list('eigen')).checkpoints, alarms]).toEqual([[newest], []])
    expect(own.checkpoints.list()).toEqual([newest])
  })

  test('hears it, with an alarm, when its journal is not the one that the anchor knows', async () => {
    const { own, other, outbound, log, anchor, tell, write, alarms } = await createPair()
    await write()
    await write()
    await tell()
    // Only the first of both: an old copy, which goes on from there.
    const old = { list: () => own.checkpoints.list().slice(0, 1) }
    const refusal = await rejectionOf(createAnchor({ outbound, checkpoints: old, log, anchor })())
    expect([refusal.code, alarms.length]).toEqual(['audit.checkpoint_contradicts', 1])
    expect(other.told).toEqual(['contradiction'])
    expect((await other.anchored.list('eigen')).contradiction).toBe(old.list()[0])
  })
})
