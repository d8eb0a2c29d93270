import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../../kernel/json-guard.js'
import type { Outbound, OutboundAnswer } from '../../kernel/outbound.js'
import { Secret } from '../../kernel/secret.js'
import type { AskRegister } from './upstream.js'

export interface AskRegisterDeps {
  /** To the register and to nothing else. */
  readonly outbound: Outbound
  readonly endpoint: string
  /** A header by name, and the file with its value; the file is read again when the register no longer accepts it. */
  readonly header?: { readonly name: string; readonly file: string } | undefined
  readonly timeoutMilliseconds: number
  readonly maxBytes: number
}

const answerSchema = z.looseObject({ data: z.unknown().optional(), errors: z.unknown().optional() })
const mediaTypes = ['application/graphql-response+json', 'application/json']
const maxMembers = 1_000_000

/**
 * Makes what asks a register over HTTP, with the node's own credentials for it and never those of the requester.
 *
 * Every failure is `source.unavailable`, and what the register says of it goes no further: it may name persons.
 * @throws `config.invalid` when the header's file cannot be read
 * @see GraphQL over HTTP
 */
export async function createAskRegister(deps: AskRegisterDeps): Promise<AskRegister> {
  const { outbound, endpoint, header, timeoutMilliseconds, maxBytes } = deps
  let value = header && (await readValue(header.file))

  function send(body: string): Promise<OutboundAnswer> {
    return outbound
      .request({
        method: 'POST',
        url: endpoint,
        headers: {
          'content-type': 'application/json',
          ...(header === undefined || value === undefined ? {} : { [header.name]: value.reveal() }),
        },
        body,
        accept: 'application/graphql-response+json, application/json;q=0.9',
        timeoutMilliseconds,
        maxResponseBytes: maxBytes,
        expectedMediaTypes: mediaTypes,
      })
      .catch((cause: unknown) => {
        throw unavailable(`the register cannot be asked (${NodeError.codeOf(cause)})`, cause)
      })
  }

  return async (request) => {
    const body = JSON.stringify(request)
    let answer = await send(body)
    if (header !== undefined && (answer.status === 401 || answer.status === 403)) {
      // Whoever keeps the credential may have written a new one since.
      const renewed = await readValue(header.file).catch((cause: unknown) => {
        throw unavailable('the file with the header of the register cannot be used', cause)
      })
      if (renewed.reveal() !== value?.reveal()) {
        value = renewed
        answer = await send(body)
      }
    }
    if (answer.status !== 200) throw unavailable(`the register answers with status ${String(answer.status)}`)
    const { data, errors } = parseAnswer(answer.body)
    // An answer in part would look complete.
    if (errors !== undefined || data === undefined || data === null)
      throw unavailable('the register answers with errors or without data')
    return data
  }
}

function parseAnswer(body: Buffer): z.output<typeof answerSchema> {
  try {
    return answerSchema.parse(parseGuardedJson(decodeUtf8(body), { members: maxMembers }))
  } catch (cause) {
    throw unavailable('the register answers with what is no GraphQL response', cause)
  }
}

async function readValue(file: string): Promise<Secret> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new NodeError('config.invalid', { cause, notes: ['sources.headerFile: the file cannot be read'] })
  })
  // What no header can hold is refused here: the error of the HTTP client would show it.
  if (!/^[\x20-\x7e]+\s*$/.test(text))
    throw new NodeError('config.invalid', { notes: ['sources.headerFile: the file does not hold one line of text'] })
  return Secret.of(text.trimEnd())
}

function unavailable(detail: string, cause?: unknown): NodeError {
  return new NodeError('source.unavailable', { detail, cause })
}
