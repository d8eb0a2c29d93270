import { afterEach, describe, expect, test } from '@jest/globals'
import {
  createIsGoodAside,
  createSignatureThread,
  findSignatureWorker,
  type SignaturesAside,
  type SignatureThreadOptions,
} from '../../../node/credentials/signature-thread.js'
import { decodeJwt, type SignedJwt } from '../../../node/credentials/jwt.js'
import type { JwkMembers } from '../../../node/identity/public-key.js'
import { createTestHolder, tamper } from '../../support/credentials.js'

const entry = new URL('../../support/signature-worker.mjs', import.meta.url)
const holder = createTestHolder()
const good = decode(holder.signVp({ a: 1 }))
const bad = decode(tamper(holder.signVp({ a: 1 }), () => ({ a: 2 })))
const jwk = jwkOf(holder.did)
const noPoint = { ...jwk, y: jwk.x }
const ofAnother = jwkOf(createTestHolder().did)

let aside: SignaturesAside

afterEach(() => aside.close())

function decode(compact: string): SignedJwt {
  return decodeJwt(compact, 'presentation.malformed')
}

function jwkOf(didJwk: string): JwkMembers {
  return JSON.parse(Buffer.from(didJwk.slice('did:jwk:'.length), 'base64url').toString()) as JwkMembers
}

const passes = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A thread that starts with the first question, and has the time that a busy machine takes. */
function open(limits: SignatureThreadOptions['limits'] = {}, from = entry): void {
  aside = createSignatureThread({ entry: from, limits: { leastQuestions: 1, answerMilliseconds: 20_000, ...limits } })
}

/** Waits until the thread is there: before that it finds nothing good. */
async function untilItIsThere(): Promise<void> {
  while (!(await aside.isGood(good, jwk))) await passes(5)
}

const askTwice = (): Promise<readonly boolean[]> => Promise.all([1, 2].map(() => aside.isGood(good, jwk)))

/** A worker that says that it is there, finds one question alone good, and does this with two. */
function workerThat(does: string): URL {
  const code = `import { parentPort } from 'node:worker_threads'
    parentPort.on('message', (questions) => {
      if (questions.length === 1) parentPort.postMessage([true])
      else { ${does} }
    })
    parentPort.postMessage([])`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}

describe('a thread that checks signatures', () => {
  test('finds good ones good, in any company', async () => {
    open({ questionsPerMessage: 4 })
    await untilItIsThere()
    const questions = [
      [good, jwk, true],
      [bad, jwk, false],
      [good, noPoint, false],
      [good, ofAnother, false],
      [good, { ...jwk, kty: 'OKP' }, false],
      [good, jwk, true],
    ] as const
    const many = [...questions, ...questions, ...questions]
    const found = await Promise.all(many.map(([jwt, key]) => aside.isGood(jwt, key)))
    expect(found).toEqual(many.map(([, , isGood]) => isGood))
  })

  test('is not started for little', async () => {
    open({ leastQuestions: 3, countMilliseconds: 60_000 }, workerThat(''))
    expect(await askTwice()).toEqual([false, false])
    await passes(300)
    // The one that starts it is not looked at yet.
    expect(await aside.isGood(good, jwk)).toBe(false)
    await untilItIsThere()
  })

  test('is not started for what comes now and then', async () => {
    open({ leastQuestions: 2, countMilliseconds: 20 })
    for (let asked = 0; asked < 6; asked += 1) {
      expect(await aside.isGood(good, jwk)).toBe(false)
      await passes(100)
    }
  })

  test('that answers more than it was asked says nothing by that', async () => {
    open({}, workerThat('parentPort.postMessage([true, false]); parentPort.postMessage([true, true])'))
    await untilItIsThere()
    expect(await askTwice()).toEqual([true, false])
    await passes(50)
    expect(await aside.isGood(good, jwk)).toBe(true)
  })

  test('ends when there is nothing to do, and starts again', async () => {
    open({ idleMilliseconds: 1 })
    await untilItIsThere()
    await passes(100)
    expect(await aside.isGood(good, jwk)).toBe(false)
    await untilItIsThere()
  })

  test('that is closed in the turn in which it is asked finds nothing good', async () => {
    open()
    await untilItIsThere()
    const asked = askTwice()
    const closed = aside.close()
    expect(await asked).toEqual([false, false])
    await closed
    // By now it would have been told what was asked.
    await new Promise(setImmediate)
    expect(await askTwice()).toEqual([false, false])
  })

  test('looks at no more than it is told to', async () => {
    open({ questionsWaiting: 2 })
    await untilItIsThere()
    expect(await Promise.all([1, 2, 3].map(() => aside.isGood(good, jwk)))).toEqual([true, true, false])
  })

  test('finds nothing good once it is closed, nor what it was asked before', async () => {
    open({}, workerThat(''))
    await untilItIsThere()
    const asked = askTwice()
    await passes(20)
    await aside.close()
    expect(await asked).toEqual([false, false])
    expect(await aside.isGood(good, jwk)).toBe(false)
  })

  test.each([
    ['is slow', ''],
    ['ends by itself', 'process.exit(1)'],
    ['fails', 'throw new Error("worker")'],
  ])('that %s is given up, and there is none for a while', async (_, does) => {
    open({ answerMilliseconds: 500 }, workerThat(does))
    await untilItIsThere()
    expect(await askTwice()).toEqual([false, false])
    await passes(200)
    expect(await aside.isGood(good, jwk)).toBe(false)
  })

  test('that was given up is followed by another after that while', async () => {
    open({ restMilliseconds: 1 }, workerThat('process.exit(1)'))
    await untilItIsThere()
    expect(await askTwice()).toEqual([false, false])
    await untilItIsThere()
  })

  test('is asked under the key that the DID lists, and not without one', async () => {
    open()
    await untilItIsThere()
    const under = (listed: JwkMembers | undefined) =>
      createIsGoodAside({ resolver: { findListed: async () => listed }, aside })(good, `${holder.did}#0`)
    expect([await under(jwk), await under(undefined)]).toEqual([true, false])
  })

  test('that is not there finds nothing good', async () => {
    open()
    const isGood = createIsGoodAside({ resolver: { findListed: async () => jwk } })
    expect(await isGood(good, `${holder.did}#0`)).toBe(false)
  })

  test('is not to be had where the program runs from its sources', () => {
    open()
    expect(findSignatureWorker()).toBeUndefined()
  })
})
