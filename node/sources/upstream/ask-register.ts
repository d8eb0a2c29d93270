import { z } from 'zod'
import { NodeError } from '../../kernel/errors.js'
import { decodeUtf8, parseGuardedJson } from '../../kernel/json-guard.js'
import type { Outbound, OutboundAnswer } from '../../kernel/outbound.js'
import { createSendWithHeader, type OwnHeader } from './own-header.js'
import type { AskRegister } from './upstream.js'

export interface AskRegisterDeps {
  /** To the register and to nothing else. */
  readonly outbound: Outbound
  readonly endpoint: string
  /** With which the node makes itself known there. */
  readonly header?: OwnHeader | undefined
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
  const sendWithHeader = await createSendWithHeader(header)

  function send(body: string, headers: Readonly<Record<string, string>>): Promise<OutboundAnswer> {
    return outbound
      .request({
        method: 'POST',
        url: endpoint,
        headers: { 'content-type': 'application/json', ...headers },
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
    const answer = await sendWithHeader((headers) => send(body, headers)).catch((cause: unknown) => {
      if (NodeError.codeOf(cause) !== 'config.invalid') throw cause
      throw unavailable('the file with the header of the register cannot be used', cause)
    })
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

function unavailable(detail: string, cause?: unknown): NodeError {
  return new NodeError('source.unavailable', { detail, cause })
}
