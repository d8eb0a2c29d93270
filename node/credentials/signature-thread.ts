import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { JwkMembers } from '../identity/public-key.js'
import type { DidResolver } from '../identity/resolve-did.js'
import type { SignedJwt } from './jwt.js'

/** One signature to check, under a key that nobody imported yet. */
export interface SignatureQuestion {
  readonly jwt: SignedJwt
  readonly jwk: JwkMembers
}

/** One for each question of a message, in their order; the first message has none, and says that the thread is there. */
export type SignatureAnswer = readonly boolean[]

/** Checks signatures beside the thread that answers requests. */
export interface SignaturesAside {
  /**
   * True when the signature of `jwt` is good under the key that `jwk` is. False says nothing: the signature or the key is no
   * good, or nobody had time to look. Who must know looks itself then, so that each refusal has one place that it comes from.
   */
  isGood(jwt: SignedJwt, jwk: JwkMembers): Promise<boolean>
  /** Ends the thread; what it was asked is answered with false. */
  close(): Promise<void>
}

/**
 * A thread is worth its start when `leastQuestions` come within `countMilliseconds`. It has two messages at a time, so that
 * it goes on while an answer is read. One that is late, or ends by itself, is given up, and there is none for
 * `restMilliseconds`. Who asks waits for its entries no longer than half a second: a late answer must come before that.
 */
const defaults = {
  leastQuestions: 200,
  countMilliseconds: 10_000,
  messages: 2,
  questionsPerMessage: 32,
  questionsWaiting: 1_000,
  answerMilliseconds: 200,
  idleMilliseconds: 30_000,
  restMilliseconds: 60_000,
}
const resourceLimits: WorkerOptions['resourceLimits'] = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 }

export interface SignatureThreadOptions {
  /** The compiled worker. */
  readonly entry: URL
  /** For tests. */
  readonly limits?: Partial<typeof defaults>
}

/** The compiled worker beside this file; `undefined` where the program runs from its sources, or has one core. */
export function findSignatureWorker(): URL | undefined {
  const entry = new URL('./signature-worker.js', import.meta.url)
  return availableParallelism() > 1 && existsSync(entry) ? entry : undefined
}

/**
 * True when the thread finds the signature good under the key that the DID lists for assertion. False says nothing.
 * @throws as `DidResolver.resolve`
 */
export function createIsGoodAside(deps: {
  readonly resolver: Pick<DidResolver, 'findListed'>
  readonly aside?: SignaturesAside | undefined
}): (jwt: SignedJwt, keyId: string) => Promise<boolean> {
  const { resolver, aside } = deps
  return async (jwt, keyId) => {
    if (aside === undefined) return false
    const jwk = await resolver.findListed(keyId, 'assertionMethod')
    return jwk !== undefined && aside.isGood(jwt, jwk)
  }
}

interface Asked extends SignatureQuestion {
  readonly answer: (isGood: boolean) => void
}

interface Thread {
  readonly worker: Worker
  /** Messages that it has not answered, oldest first. */
  readonly sent: { readonly asked: readonly Asked[]; readonly at: number }[]
  isReady: boolean
  timer: NodeJS.Timeout | undefined
}

/** Starts a thread when there is much to check, and ends it when there is nothing. */
export function createSignatureThread({ entry, limits: changed }: SignatureThreadOptions): SignaturesAside {
  const limits = { ...defaults, ...changed }
  const waiting: Asked[] = []
  let thread: Thread | undefined
  let restingUntil = 0
  let counted = 0
  let countedSince = 0
  let closed = false
  let isSendingSoon = false

  function isWorthIt(): boolean {
    const now = performance.now()
    if (now < restingUntil) return false
    if (now - countedSince > limits.countMilliseconds) {
      counted = 0
      countedSince = now
    }
    counted += 1
    return counted >= limits.leastQuestions
  }

  function start(): void {
    const worker = new Worker(entry, { resourceLimits })
    worker.unref()
    const started: Thread = { worker, sent: [], isReady: false, timer: undefined }
    thread = started
    worker.on('message', (answers: SignatureAnswer) => receive(started, answers))
    worker.on('error', () => giveUp(started))
    worker.on('exit', () => giveUp(started))
  }

  /** Of a thread that was ended this answers nobody: it has nothing that it was asked any more. */
  function receive(from: Thread, answers: SignatureAnswer): void {
    if (!from.isReady) from.isReady = true
    else for (const [index, { answer }] of (from.sent.shift()?.asked ?? []).entries()) answer(answers[index] === true)
    send()
  }

  function send(): void {
    isSendingSoon = false
    if (thread?.isReady !== true) return
    const { worker, sent } = thread
    while (waiting.length > 0 && sent.length < limits.messages) {
      const asked = waiting.splice(0, limits.questionsPerMessage)
      sent.push({ asked, at: performance.now() })
      worker.postMessage(asked.map(({ jwt, jwk }) => ({ jwt, jwk })) satisfies readonly SignatureQuestion[])
    }
    watch(thread)
  }

  /** Waits for the oldest answer, or for work. */
  function watch(watched: Thread): void {
    clearTimeout(watched.timer)
    const oldest = watched.sent[0]
    watched.timer =
      oldest === undefined
        ? setTimeout(() => end(watched), limits.idleMilliseconds)
        : setTimeout(
            // An answer that came while this thread was busy is read before it is called late.
            () => setImmediate(() => watched.sent[0] === oldest && giveUp(watched)),
            Math.max(0, oldest.at + limits.answerMilliseconds - performance.now()),
          )
    watched.timer.unref()
  }

  /** Ends a thread; what it was asked is for others to look at. */
  function end(ended: Thread): void {
    if (thread !== ended) return
    thread = undefined
    counted = 0
    clearTimeout(ended.timer)
    for (const { asked } of ended.sent.splice(0)) for (const { answer } of asked) answer(false)
    for (const { answer } of waiting.splice(0)) answer(false)
    void ended.worker.terminate()
  }

  function giveUp(lost: Thread): void {
    if (thread === lost) restingUntil = performance.now() + limits.restMilliseconds
    end(lost)
  }

  return {
    isGood({ compact, header }, jwk) {
      if (closed) return Promise.resolve(false)
      if (thread === undefined && isWorthIt()) start()
      if (thread?.isReady !== true || waiting.length >= limits.questionsWaiting) return Promise.resolve(false)
      return new Promise((answer) => {
        waiting.push({ jwt: { compact, header }, jwk, answer })
        if (isSendingSoon) return
        isSendingSoon = true
        // Those that are asked in the same turn go together.
        setImmediate(send)
      })
    },
    async close() {
      closed = true
      const ending = thread?.worker
      if (thread !== undefined) end(thread)
      await ending?.terminate()
    },
  }
}
