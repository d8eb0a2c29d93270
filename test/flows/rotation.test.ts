import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { createMovableClock } from '../../node/kernel/clock.js'
import { participants } from '../../scripts/demo/participants.js'
import { indicatieScope } from '../../scripts/demo/story.js'
import { startRegion, type Region } from '../support/region.js'

const clock = createMovableClock()
const keySchema = z.object({ keyId: z.string(), state: z.string() })
const keysSchema = z.object({ keys: z.array(keySchema) })

let region: Region

beforeAll(async () => {
  region = await startRegion({ clock })
})

afterAll(() => region.end())

const pathOf = (subject: string): string => `/internal/bronnet/v1/subjects/${subject}/keys`

async function keysOf(subject: string): Promise<readonly z.output<typeof keySchema>[]> {
  const { keys } = keysSchema.parse(await region.world.member(subject).administrator.call('GET', pathOf(subject)))
  // The region may have added keys of its own, which do not sign.
  return keys.filter(({ state }) => state !== 'added')
}

/** Adds a key, waits until others can know it and lets it sign. */
async function rotate(
  subject: string,
  algorithm: 'ES256' | 'EdDSA',
  wait: () => Promise<void> = async () => clock.move(15),
): Promise<void> {
  const { administrator } = region.world.member(subject)
  const added = keySchema.parse(await administrator.call('POST', pathOf(subject), { algorithm }))
  await wait()
  await administrator.call('POST', `${pathOf(subject)}/${encodeURIComponent(added.keyId)}/promote`)
}

describe('keys that are rotated while tokens are asked', () => {
  test('fail no request: those of the requester, of the issuer of its membership and of the source', async () => {
    const { authorizationServer } = region.world.member('ciz')
    const requester = region.application('zorgkantoor-noord')
    const issuer = participants.find(({ name }) => name === 'stelselbeheerder')?.name ?? ''
    let granted = 0
    let isRotating = true
    const failures: unknown[] = []
    let gate = Promise.resolve()
    let underWay = 0
    const asking = async (): Promise<void> => {
      while (isRotating) {
        await gate
        underWay += 1
        await requester.token({ authorizationServer, scope: indicatieScope, fresh: true }).then(
          () => (granted += 1),
          (failure: unknown) => failures.push(failure),
        )
        underWay -= 1
      }
    }
    const askers = [asking(), asking(), asking()]
    const enough = async (count: number): Promise<void> => {
      for (const goal = granted + count; granted < goal && failures.length === 0;) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    /** A presentation counts for seconds: none may be under way when the clock jumps. */
    const jump = async (): Promise<void> => {
      let open: () => void = () => undefined
      gate = new Promise((resolve) => (open = resolve))
      while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, 5))
      clock.move(15)
      open()
    }
    for (const algorithm of ['EdDSA', 'ES256'] as const) {
      for (const subject of ['zorgkantoor-noord', issuer, 'ciz']) {
        await enough(5)
        await rotate(subject, algorithm, jump)
        await enough(5)
      }
    }
    isRotating = false
    await Promise.all(askers)
    expect(failures).toEqual([])
    for (const subject of ['zorgkantoor-noord', issuer, 'ciz']) {
      expect((await keysOf(subject)).map(({ state }) => state)).toEqual(['retired', 'retired', 'signing'])
    }
  })

  test('sign with the new key and not with the one before', async () => {
    const subject = 'zorgkantoor-noord'
    const { administrator } = region.world.member(subject)
    await rotate(subject, 'ES256')
    const retired = (await keysOf(subject)).filter(({ state }) => state === 'retired')
    for (const { keyId } of retired) {
      await administrator.call('DELETE', `${pathOf(subject)}/${encodeURIComponent(keyId)}?force=true`)
    }
    const { token } = await region.application(subject).token({
      authorizationServer: region.world.member('ciz').authorizationServer,
      scope: indicatieScope,
      fresh: true,
    })
    expect(token).not.toBe('')
    expect((await keysOf(subject)).map(({ state }) => state)).toEqual(['signing'])
  })
})
