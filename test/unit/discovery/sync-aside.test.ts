import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createSignatureThread, type SignaturesAside } from '../../../node/credentials/signature-thread.js'
import { decodeJwt } from '../../../node/credentials/jwt.js'
import type { JwkMembers } from '../../../node/identity/public-key.js'
import { createTestHolder } from '../../support/credentials.js'
import { registration } from '../../support/discovery-world.js'
import { createOutsider, type Outsider } from '../../support/outsider.js'
import { createReplicaWorld, type ReplicaWorld } from '../../support/replica-world.js'

const entry = new URL('../../support/signature-worker.mjs', import.meta.url)
const limits = { leastQuestions: 1, answerMilliseconds: 20_000 }

let thread: SignaturesAside
let world: ReplicaWorld
let members: readonly Outsider[]
/** What the thread found of each signature that it was asked about. */
let found: boolean[]
let afterEachAnswer: () => void

beforeEach(async () => {
  thread = createSignatureThread({ entry, limits })
  found = []
  afterEachAnswer = () => undefined
  world = await createReplicaWorld({
    aside: {
      async isGood(jwt, jwk) {
        const isGood = await thread.isGood(jwt, jwk)
        found.push(isGood)
        afterEachAnswer()
        return isGood
      },
      close: () => thread.close(),
    },
  })
  members = Array.from({ length: 12 }, () => createOutsider(world.clock))
})

afterEach(async () => {
  await thread.close()
  await world.close()
})

/** Good registrations of all members, but for those of which the signature is that of another one. */
function serveMembers(broken: readonly number[] = []): void {
  const made = members.map((member) => registration(world.list, member))
  const entries = made.map((presentation, index) => {
    const [head, claims, signature] = presentation.split('.')
    const other = made[(index + 1) % made.length]?.split('.')[2]
    return [index + 1, `${head}.${claims}.${broken.includes(index + 1) ? other : signature}`] as const
  })
  world.serveEntries(Object.fromEntries(entries))
}

/** What is asked before the thread is there is found by nobody. */
async function untilThreadAnswers(): Promise<void> {
  const holder = createTestHolder()
  const jwt = decodeJwt(holder.signVp({}), 'presentation.malformed')
  const jwk = JSON.parse(Buffer.from(holder.did.slice('did:jwk:'.length), 'base64url').toString()) as JwkMembers
  while (!(await thread.isGood(jwt, jwk))) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('a list whose signatures are checked by another thread', () => {
  test('is read as without it', async () => {
    await untilThreadAnswers()
    serveMembers()
    await world.sync()
    expect((await world.found()).toSorted()).toEqual(members.map(({ did }) => did).toSorted())
    expect(await world.quarantined()).toEqual({})
    expect(found.filter((isGood) => isGood).length).toBeGreaterThan(members.length)
  })

  test('loses a broken entry alone, with the reason that it has without the thread', async () => {
    await untilThreadAnswers()
    serveMembers([3, 4, 12])
    await world.sync()
    const code = 'presentation.signature'
    expect(await world.quarantined()).toEqual({ 3: code, 4: code, 12: code })
    expect(await world.found()).toHaveLength(9)
    expect(found).toContain(true)
  })

  test('is read to its end when the thread ends in the middle', async () => {
    await untilThreadAnswers()
    afterEachAnswer = () => void (found.length === 5 && thread.close())
    serveMembers([2])
    await world.sync()
    expect(await world.found()).toHaveLength(11)
    expect(await world.quarantined()).toEqual({ 2: 'presentation.signature' })
  })
})
