import { z } from 'zod'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import type { Configuration } from '../../schemas/configuration.js'
import { CommandFailure, type Command, type Given, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import { audienceOf, openSignIn, type MakeToken } from './sign-in-options.js'

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
  return callNodeAt(await findPlace(given, findConfiguration))
}

/** The work of a command that talks to the node of `findNode`. */
export function withNode(
  findConfiguration: FindConfiguration,
): (run: (call: CallNode, given: Given, terminal: Terminal) => Promise<number>) => Command['run'] {
  return (run) => async (given, terminal) => run(await findNode(given, findConfiguration), given, terminal)
}

/** Where a node is, and what signs in there; a token is made for each call. */
export interface NodePlace {
  readonly address: string
  readonly makeToken: MakeToken | undefined
}

/** The place of the node of `findNode`. @throws as `findNode` */
export async function findPlace(given: Given, findConfiguration: FindConfiguration): Promise<NodePlace> {
  const named = given.value('node')
  // Of a node that is named nothing is known but what settings say that are named too.
  const isTold = named === undefined || given.value('config') !== undefined
  const settings = isTold ? await findSettings(given, findConfiguration) : undefined
  const own = settings === undefined ? defaultAddress : addressOf(settings)
  return openPlace(given, named === undefined ? own : parseAddress(named), settings)
}

/**
 * The settings that a command is about; `undefined` where none are named and there are none: a node started without any has
 * what they would say unless told otherwise.
 * @throws `config.invalid` for settings that are named
 */
export async function findSettings(
  given: Given,
  findConfiguration: FindConfiguration,
): Promise<Configuration | undefined> {
  const file = given.value('config')
  return findConfiguration(file).catch((cause: unknown) => {
    if (file === undefined && NodeError.codeOf(cause) === 'config.invalid') return undefined
    throw cause
  })
}

/** The place of the node with these settings, or where `--node` says that it is. @throws `CommandFailure` */
export function placeOf(given: Given, settings: Configuration): Promise<NodePlace> {
  const named = given.value('node')
  return openPlace(given, named === undefined ? addressOf(settings) : parseAddress(named), settings)
}

async function openPlace(given: Given, address: string, settings: Configuration | undefined): Promise<NodePlace> {
  return { address, makeToken: await openSignIn(given, audienceOf(given, address, settings)) }
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

/** The internal API of the node at a place. */
export function callNodeAt(place: NodePlace): CallNode {
  return async ({ accept = [], ...call }) => {
    const signal = AbortSignal.timeout(answerMilliseconds)
    const answer = await send(place, call, { signal })
    const text = await answer.text()
    const parsed = parseBody(text)
    if (answer.ok || accept.includes(answer.status)) return { status: answer.status, body: parsed }
    throw refusalOf(place, answer, parsed)
  }
}

/**
 * The text of an answer, part by part, however long it takes.
 * @throws `CommandFailure`, also when the node breaks off
 */
export async function* streamFrom(place: NodePlace, call: NodeCall): AsyncGenerator<string> {
  const answer = await send(place, call, {})
  if (!answer.ok) throw refusalOf(place, answer, parseBody(await answer.text()))
  const decoder = new TextDecoder()
  try {
    // The parts of a body are bytes; its type does not say so.
    for await (const part of answer.body ?? []) yield decoder.decode(part as Uint8Array, { stream: true })
  } catch (cause) {
    throw new CommandFailure(exitStatus.unavailable, [`the node broke off (${reasonOf(cause)})`])
  }
}

function send(
  { address, makeToken }: NodePlace,
  { method, path, body, form, headers = {} }: NodeCall,
  options: { readonly signal?: AbortSignal },
): Promise<Response> {
  return fetch(`${address}${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(makeToken === undefined ? {} : { authorization: `Bearer ${makeToken()}` }),
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

/** What a problem document says, and what to do where it is about the place or who signs in. @see RFC 9457 */
function refusalOf({ address }: NodePlace, { status, headers }: Response, body: unknown): CommandFailure {
  const { code, detail } = problemSchema.safeParse(body).data ?? {}
  const says = `the node refuses (${status}): ${detail ?? 'it does not say why'}`
  if (code === 'party-unknown')
    return new CommandFailure(exitStatus.no, [says, 'bronnet subject list shows for whom it speaks'])
  // What is no node at all does not give a code.
  if (status === 404 && (code === undefined || code === 'not-found'))
    return new CommandFailure(exitStatus.no, [
      says,
      `is ${address} its internal address? the public port has none of this`,
    ])
  if (code !== 'sign-in-missing' && code !== 'sign-in-invalid' && code !== 'not-your-role')
    return new CommandFailure(exitStatus.no, [says])
  const audience = /realm="([^"]*)"/.exec(headers.get('www-authenticate') ?? '')?.[1]
  const how = {
    'sign-in-missing': 'give --sign-in-key FILE, or BRONNET_SIGN_IN_KEY: bronnet sign-in key makes one',
    'sign-in-invalid': `the node must list the key, for the user of --sign-in-user, and wants tokens for ${audience ?? 'its audience'} (--sign-in-audience)`,
    'not-your-role': 'the role of the key is in the file of authorized keys of the node',
  }[code]
  return new SignInFailure(exitStatus.no, [says, how])
}

/** A node did not let the caller in. */
export class SignInFailure extends CommandFailure {}

const problemSchema = z.object({ code: z.string().optional(), detail: z.string().optional() })

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error ? cause.cause : undefined
  return systemCodeOf(inner) ?? systemCodeOf(cause) ?? (cause instanceof Error ? cause.name : 'unknown')
}
