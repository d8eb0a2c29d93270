import { reasonOf, type ClientClock } from './clock.js'
import { RegistryError, type Peer } from './error.js'
import { failureOf, protocolFailure, type Received } from './failure.js'
import { checkPersonless } from './url.js'

/** What an application can say about any call. */
export interface CallOptions {
  /** Ends the call: it rejects with what the signal says. */
  readonly signal?: AbortSignal | undefined
  /** How long all of it may take, attempts and pauses included; of the client unless given. */
  readonly totalSeconds?: number | undefined
}

/** How often and for how long one client tries. */
export interface Patience {
  /** Of one attempt. */
  readonly callSeconds: number
  /** Of a whole operation: token, proofs, attempts and pauses. */
  readonly totalSeconds: number
  /** In all: 1 means that nothing is repeated. */
  readonly attempts: number
  readonly firstPauseMilliseconds: number
  readonly longestPauseMilliseconds: number
}

/** One HTTP request. */
export interface Outgoing {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** One call of an application, however many requests it takes: they share its end. */
export interface Operation {
  readonly clock: ClientClock
  /** Aborted when the application wants no answer any more. */
  readonly signal: AbortSignal | undefined
  /** Milliseconds since 1970. */
  readonly deadline: number
}

/** What of a call differs. */
export interface Expect {
  readonly to: Exclude<Peer, 'client'>
  /** Statuses beside 2xx that are an answer. */
  readonly accept?: readonly number[]
  readonly maxBytes?: number
}

/** Gives a token to sign in at the own node; asked for each request. White space around it does not matter. */
export type SignIn = () => string | Promise<string>

/** Sends requests and reads their answers. */
export interface Caller {
  begin(options?: CallOptions): Operation
  /**
   * Sends a request that may be sent again: one that only reads, or whose effect is the same twice. What makes the
   * request is asked anew for every attempt, because a proof counts once.
   *
   * Follows no redirect. Repeats on 408, 425, 429, 5xx and where nothing was answered, with pauses that double and vary,
   * never shorter than Retry-After; gives up at once when the time that is left is shorter than the pause.
   * @throws RegistryError, or what the signal of the application says
   */
  send(operation: Operation, make: () => Outgoing | Promise<Outgoing>, expect: Expect): Promise<Received>
  /**
   * The text of an answer part by part, for as long as it comes; of a part that takes longer than `idleSeconds` it is
   * taken that there is none. Repeats nothing, and follows no redirect.
   * @throws RegistryError `unavailable` also when it breaks off, or what the signal of the application says
   */
  stream(
    outgoing: Outgoing,
    options: Pick<Expect, 'to'> & { readonly idleSeconds: number; readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<string>
}

const mebibyte = 1024 * 1024

/** Makes the caller of one client. */
export function createCaller(deps: {
  readonly fetch: typeof fetch
  readonly clock: ClientClock
  readonly patience: Patience
  readonly signIn?: SignIn | undefined
}): Caller {
  const { clock, patience } = deps

  /** The token to sign in goes to the own node and to nobody else. */
  async function headersOf({ headers }: Outgoing, to: Expect['to']): Promise<Readonly<Record<string, string>>> {
    if (to !== 'node' || deps.signIn === undefined) return headers
    const token = await askFor(deps.signIn)
    return { ...headers, authorization: `Bearer ${token}` }
  }

  async function attempt(operation: Operation, outgoing: Outgoing, expect: Expect): Promise<Received> {
    const left = operation.deadline - clock.now()
    if (left <= 0) throw outOfTime(expect.to)
    const timeout = new AbortController()
    const done = new AbortController()
    clock.sleep(Math.min(left, patience.callSeconds * 1000), done.signal).then(
      () => timeout.abort(),
      () => undefined, // The answer was there before.
    )
    const { signal } = operation
    try {
      const response = await deps.fetch(checkPersonless(outgoing.url), {
        method: outgoing.method,
        headers: await headersOf(outgoing, expect.to),
        redirect: 'manual',
        signal: signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]),
        ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
      })
      const text = await readText(response, expect)
      return { status: response.status, headers: response.headers, text }
    } catch (cause) {
      if (signal?.aborted === true) throw reasonOf(signal)
      if (cause instanceof RegistryError) throw cause
      if (timeout.signal.aborted) throw outOfTime(expect.to, cause)
      throw new RegistryError('unavailable', `The ${expect.to} at ${outgoing.url.origin} did not answer.`, {
        from: expect.to,
        cause,
      })
    } finally {
      done.abort()
    }
  }

  async function* stream(
    outgoing: Outgoing,
    { to, idleSeconds, signal }: Parameters<Caller['stream']>[1],
  ): AsyncGenerator<string> {
    const idle = new AbortController()
    let waiting = new AbortController()
    const waitFor = (seconds: number): void => {
      waiting.abort()
      waiting = new AbortController()
      clock.sleep(seconds * 1000, waiting.signal).then(
        () => idle.abort(),
        () => undefined, // Something came before.
      )
    }
    try {
      waitFor(patience.callSeconds)
      const response = await deps.fetch(checkPersonless(outgoing.url), {
        method: outgoing.method,
        headers: await headersOf(outgoing, to),
        redirect: 'manual',
        signal: signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]),
      })
      const { status, headers } = response
      if (status < 200 || status >= 300) {
        if (status < 400) throw protocolFailure(to, status, 'it redirects, which is not followed')
        throw failureOf(to, { status, headers, text: await readText(response, { to }) }, clock.now())
      }
      const decoder = new TextDecoder()
      // The parts of a body are bytes; its type does not say so.
      for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        // What the application does with it takes as long as it takes.
        waiting.abort()
        yield decoder.decode(part, { stream: true })
        waitFor(idleSeconds)
      }
    } catch (cause) {
      if (signal?.aborted === true) throw reasonOf(signal)
      if (cause instanceof RegistryError) throw cause
      throw new RegistryError('unavailable', `The ${to} broke off.`, { from: to, cause })
    } finally {
      waiting.abort()
      idle.abort()
    }
  }

  async function pause(operation: Operation, failure: RegistryError, failures: number): Promise<void> {
    const { firstPauseMilliseconds: first, longestPauseMilliseconds: longest, attempts } = patience
    if (failure.code !== 'unavailable' || failures >= attempts) throw failure
    const doubled = Math.min(longest, first * 2 ** (failures - 1))
    // Between half and all of it, so that those who failed together do not come back together.
    const varied = doubled * (0.5 + clock.random() / 2)
    const milliseconds = (failure.retryAfterSeconds ?? 0) * 1000 + varied
    if (clock.now() + milliseconds >= operation.deadline) throw failure
    await clock.sleep(milliseconds, operation.signal)
  }

  return {
    stream,
    begin({ signal, totalSeconds = patience.totalSeconds } = {}) {
      signal?.throwIfAborted()
      return { clock, signal, deadline: clock.now() + totalSeconds * 1000 }
    },
    async send(operation, make, expect) {
      for (let failures = 1; ; failures += 1) {
        // What fails while the request is made is no failure of this call, and was repeated by its own.
        const outgoing = await make()
        try {
          const received = await attempt(operation, outgoing, expect)
          const { status } = received
          if ((status >= 200 && status < 300) || expect.accept?.includes(status) === true) return received
          if (status < 400) throw protocolFailure(expect.to, status, 'it redirects, which is not followed')
          throw failureOf(expect.to, received, clock.now())
        } catch (failure) {
          if (!(failure instanceof RegistryError)) throw failure
          await pause(operation, failure, failures)
        }
      }
    },
  }
}

/** @throws RegistryError `unavailable`, of this library: the node was not asked yet */
async function askFor(signIn: SignIn): Promise<string> {
  let token: string
  try {
    token = (await signIn()).trim()
  } catch (cause) {
    throw noSignIn('signIn failed', cause)
  }
  if (!/^[\x21-\x7E]+$/.test(token)) throw noSignIn('signIn gave no token')
  return token
}

function noSignIn(why: string, cause?: unknown): RegistryError {
  return new RegistryError('unavailable', `There is no token to sign in with: ${why}.`, { from: 'client', cause })
}

function outOfTime(to: Peer, cause?: unknown): RegistryError {
  return new RegistryError('unavailable', `The ${to} did not answer in time.`, { from: to, cause })
}

/** The body as text, as far as it may go. Counts what comes out of any compression. */
async function readText(response: Response, { to, maxBytes = 4 * mebibyte }: Expect): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  // Leaving the loop cancels what is not read yet. The parts of a body are bytes; its type does not say so.
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength
    if (bytes > maxBytes) throw protocolFailure(to, response.status, 'the answer is larger than is read')
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}
