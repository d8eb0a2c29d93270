import { z } from 'zod'
import type { Audit } from '../../audit/audit.js'
import type { Party } from '../../identity/party.js'
import type { Clock } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import { redactNumbers } from '../../kernel/identifiers.js'
import type { Outbound, OutboundAnswer } from '../../kernel/outbound.js'
import type { Trace } from '../../kernel/trace.js'
import type { NidRequest } from '../../../schemas/wire/nid.js'
import { outcomeOf, toJournalText } from '../account.js'
import { parsePeerJson, refusedByPeer, unsupported } from '../peer.js'
import type { ObtainedToken } from '../request-token.js'

/** What is asked for at the token endpoint of the present iWlz network. */
export interface NidTokenOptions {
  readonly party: Party
  readonly tokenEndpoint: string
  /** The URL of the resource, which the gateway finds it by. */
  readonly audience: string
  readonly scope: string
  readonly trace: Trace
}

const answerSchema = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .default('Bearer'),
  expires_in: z.number().min(1).max(31_536_000).default(60),
  scope: z.string().max(4096).optional(),
})

const maxWords = 200

/**
 * Gets a token from the token endpoint of the present iWlz network for a party, which is known there by the certificate that
 * `outbound` shows. The attempt is in the journal before this returns.
 * @throws `token.peer_refused` with the other side's own words, `token.peer_unsupported`, `outbound.*`, `audit.unavailable`
 * @see iWlz RFC0014: JSON and no form; the certificate says who asks
 */
export type RequestNidToken = (
  options: NidTokenOptions,
  way: { readonly outbound: Pick<Outbound, 'request'> },
) => Promise<ObtainedToken>

export function createRequestNidToken(deps: { readonly clock: Clock; readonly audit: Audit }): RequestNidToken {
  const { clock, audit } = deps

  async function request(
    { tokenEndpoint, audience, scope, trace }: NidTokenOptions,
    { outbound }: { readonly outbound: Pick<Outbound, 'request'> },
  ): Promise<ObtainedToken> {
    const body: NidRequest = { grant_type: 'client_credentials', scope, audience }
    const answer = await outbound.request({
      method: 'POST',
      url: tokenEndpoint,
      headers: { 'content-type': 'application/json' },
      accept: 'application/json',
      body: JSON.stringify(body),
      trace,
    })
    const said = parsePeerJson(answer.body)
    if (answer.status !== 200) throw refusalOf(answer, said)
    const parsed = answerSchema.safeParse(said)
    if (!parsed.success) throw unsupported('the token endpoint answered with something else than a token')
    const {
      access_token: accessToken,
      token_type: tokenType,
      expires_in: seconds,
      scope: granted = scope,
    } = parsed.data
    return { accessToken, tokenType, expiresAt: clock.now() + seconds * 1000, scope: granted }
  }

  return async (options, way) => {
    const account = async (cause: unknown): Promise<void> => {
      const { party, scope, tokenEndpoint, trace } = options
      await audit.record({
        code: 'token.requested',
        action: 'execute',
        ...(cause === undefined ? { outcome: 'success' } : outcomeOf(cause)),
        party: party.subject,
        object: { scope: toJournalText(scope), peer: toJournalText(tokenEndpoint) },
        trace,
      })
    }
    try {
      const obtained = await request(options, way)
      await account(undefined)
      return obtained
    } catch (cause) {
      await account(cause)
      throw cause
    }
  }
}

/** A refusal there is a text of JSON with a few words; what looks like a number is left out of them. */
function refusalOf({ status }: OutboundAnswer, said: unknown): NodeError {
  if (typeof said !== 'string') return refusedByPeer(said, status)
  return new NodeError('token.peer_refused', {
    notes: [`the other node answered with status ${String(status)}: ${redactNumbers(said).slice(0, maxWords)}`],
  })
}
