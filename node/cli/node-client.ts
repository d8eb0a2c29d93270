import { NodeError, systemCodeOf } from '../kernel/errors.js'
import type { Configuration } from '../../schemas/configuration.js'
import { CommandFailure, type Command, type Given, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'

/** A call to the internal API of a node. */
export interface NodeCall {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PUT'
  /** With its parts encoded. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as a form, instead of JSON. */
  readonly form?: Readonly<Record<string, string>>
  /** Beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses beside 2xx that are an answer. */
  readonly accept?: readonly number[]
}

/** What a node answered. */
export interface NodeAnswer {
  readonly status: number
  /** The parsed JSON; `undefined` when there is none. */
  readonly body: unknown
}

/** The internal API of one node. */
export type CallNode = (call: NodeCall) => Promise<NodeAnswer>

/** Finds the settings of the node on this machine. */
export type FindConfiguration = (file: string | undefined) => Promise<Configuration>

const defaultAddress = 'http://127.0.0.1:8081'
const answerMilliseconds = 30_000

/**
 * The node that `--node` names, that of the settings, or the one on this machine.
 * @throws `CommandFailure` for an address that is none; `config.invalid`
 */
export async function findNode(given: Given, findConfiguration: FindConfiguration): Promise<CallNode> {
  return callNodeAt(await findAddress(given, findConfiguration))
}

/** The work of a command that talks to the node of `findNode`. */
export function withNode(
  findConfiguration: FindConfiguration,
): (run: (call: CallNode, given: Given, terminal: Terminal) => Promise<number>) => Command['run'] {
  return (run) => async (given, terminal) => run(await findNode(given, findConfiguration), given, terminal)
}

/** The internal address of the node of `findNode`. @throws as `findNode` */
export async function findAddress(given: Given, findConfiguration: FindConfiguration): Promise<string> {
  const named = given.value('node')
  if (named !== undefined) return parseAddress(named)
  const file = given.value('config')
  // Without settings there is nothing to look up; a node started without any listens where they would say.
  const configuration = await findConfiguration(file).catch((cause: unknown) => {
    if (file === undefined && NodeError.codeOf(cause) === 'config.invalid') return undefined
    throw cause
  })
  return configuration === undefined ? defaultAddress : addressOf(configuration)
}

function addressOf({ http }: Configuration): string {
  const { host, port } = http.internal
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function parseAddress(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new CommandFailure(exitStatus.usage, [
      '--node: give the internal address of a node, such as http://127.0.0.1:8081',
    ])
  }
  return text.replace(/\/+$/, '')
}

function callNodeAt(address: string): CallNode {
  return async ({ accept = [], ...call }) => {
    const signal = AbortSignal.timeout(answerMilliseconds)
    const answer = await send(address, call, { signal })
    const text = await answer.text()
    const parsed = parseBody(text)
    if (answer.ok || accept.includes(answer.status)) return { status: answer.status, body: parsed }
    throw new CommandFailure(exitStatus.no, refusalLines(answer.status, parsed))
  }
}

/**
 * The text of an answer, part by part, however long it takes.
 * @throws `CommandFailure`, also when the node breaks off
 */
export async function* streamFrom(address: string, call: NodeCall): AsyncGenerator<string> {
  const answer = await send(address, call, {})
  if (!answer.ok) throw new CommandFailure(exitStatus.no, refusalLines(answer.status, parseBody(await answer.text())))
  const decoder = new TextDecoder()
  try {
    // The parts of a body are bytes; its type does not say so.
    for await (const part of answer.body ?? []) yield decoder.decode(part as Uint8Array, { stream: true })
  } catch (cause) {
    throw new CommandFailure(exitStatus.unavailable, [`the node broke off (${reasonOf(cause)})`])
  }
}

function send(
  address: string,
  { method, path, body, form, headers = {} }: NodeCall,
  options: { readonly signal?: AbortSignal },
): Promise<Response> {
  return fetch(`${address}${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    redirect: 'error',
    ...options,
  }).catch((cause: unknown) => {
    throw new CommandFailure(exitStatus.unavailable, [
      `no node answers at ${address} (${reasonOf(cause)}): is it running?`,
    ])
  })
}

function parseBody(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  } catch {
    // Not JSON: nothing that a command could use.
    return undefined
  }
}

/** What a problem document says. @see RFC 9457 */
function refusalLines(status: number, body: unknown): readonly string[] {
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : undefined
  return [`the node refuses (${status}): ${typeof detail === 'string' ? detail : 'it does not say why'}`]
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error ? cause.cause : undefined
  return systemCodeOf(inner) ?? systemCodeOf(cause) ?? (cause instanceof Error ? cause.name : 'unknown')
}
