import { readFile } from 'node:fs/promises'
import { NodeError } from '../../kernel/errors.js'
import type { OutboundAnswer } from '../../kernel/outbound.js'
import { Secret } from '../../kernel/secret.js'

/** A header by name, and the file with its value; the file is read again when the server no longer accepts it. */
export interface OwnHeader {
  readonly name: string
  readonly file: string
}

/** Sends a request with the headers by which the node makes itself known, once or twice. */
export type SendWithHeader = (
  send: (headers: Readonly<Record<string, string>>) => Promise<OutboundAnswer>,
) => Promise<OutboundAnswer>

/**
 * Makes what adds the node's own credential for a server of the organisation. When the server refuses it with 401 or 403
 * and the file holds another one by now, the request is sent once more with that.
 *
 * What is made throws `config.invalid` when the file can no longer be used.
 * @throws `config.invalid` when the file cannot be read, or holds what no header can
 */
export async function createSendWithHeader(header: OwnHeader | undefined): Promise<SendWithHeader> {
  if (header === undefined) return (send) => send({})
  const { name, file } = header
  let value = await readValue(file)
  return async (send) => {
    const answer = await send({ [name]: value.reveal() })
    if (answer.status !== 401 && answer.status !== 403) return answer
    // Whoever keeps the credential may have written a new one since.
    const renewed = await readValue(file)
    if (renewed.reveal() === value.reveal()) return answer
    value = renewed
    return send({ [name]: value.reveal() })
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
