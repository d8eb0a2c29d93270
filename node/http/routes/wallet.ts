import type { Credential } from '../../credentials/credential.js'
import { compileDefinition, type PresentationDefinition } from '../../credentials/exchange/definition.js'
import { explainDefinition, renderExplanation, type HeldCredential } from '../../credentials/exchange/explain.js'
import { expiresWithinDays } from '../../credentials/expiring.js'
import type { Wallet } from '../../credentials/wallet.js'
import type { Parties } from '../../identity/parties.js'
import type { Party } from '../../identity/party.js'
import { toRfc3339, type Clock, type Instant } from '../../kernel/clock.js'
import { NodeError } from '../../kernel/errors.js'
import type { Trace } from '../../kernel/trace.js'
import {
  credentialListSchema,
  credentialValueSchema,
  explainSchema,
  explanationSchema,
  heldCredentialSchema,
  heldListSchema,
  searchAnswerSchema,
  walletQuerySchema,
} from '../../../schemas/wire/credentials.js'
import { parseJsonBody } from '../door.js'
import { emptyAnswer, jsonAnswer, type HttpRequest, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'
import { toValue } from './issuer.js'

export interface WalletRoutesDeps {
  readonly clock: Clock
  readonly parties: Parties
  readonly wallet: Wallet
  /** What the authorization server of another party asks for a scope. */
  readonly definitionOf: (authorizationServer: string, scope: string, trace: Trace) => Promise<PresentationDefinition>
}

const subjectParameter = { subject: 'The name of the subject, or its DID, percent-encoded.' }
const idParameter = { ...subjectParameter, id: 'The id of the credential, percent-encoded.' }

/** What the parties of this node hold. @see nuts-node v6 `/internal/vcr/v2/holder`; our own paths say more */
export function walletRoutes(deps: WalletRoutesDeps): readonly Route[] {
  return [...nutsRoutes(deps), ...ownRoutes(deps)]
}

/** nuts-node v6 names the holder by its subject in some paths and by its DID in others. @throws `identity.party_unknown` */
async function partyOf({ params }: HttpRequest, parties: Parties): Promise<Party> {
  const name = params['subject'] ?? ''
  if (!name.startsWith('did:')) return parties.get(name)
  const party = await parties.findByDid(name)
  if (party === undefined) throw new NodeError('identity.party_unknown')
  return party
}

function nutsRoutes({ parties, wallet }: WalletRoutesDeps): readonly Route[] {
  const pattern = '/internal/vcr/v2/holder/:subject/vc'
  return [
    {
      method: 'GET',
      pattern,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'List the credentials of a wallet',
        params: subjectParameter,
        answers: { 200: credentialListSchema.describe('Those that have not expired.') },
        refusals: [404],
      },
      async handle(request) {
        const held = await wallet.list(await partyOf(request, parties))
        return jsonAnswer(
          200,
          held.map(({ raw }) => toValue(raw)),
        )
      },
    },
    {
      method: 'GET',
      pattern: `${pattern}/search`,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'Find credentials in a wallet',
        params: subjectParameter,
        query: walletQuerySchema,
        answers: { 200: searchAnswerSchema.describe('Also those that have expired.') },
        refusals: [404],
      },
      async handle(request) {
        const { credentialType, issuer } = parseParameters(walletQuerySchema, request.query)
        const held = (await wallet.listAll(await partyOf(request, parties))).filter(
          (credential) =>
            (credentialType === undefined || credential.type === credentialType) &&
            (issuer === undefined || credential.issuer === issuer),
        )
        return jsonAnswer(200, {
          verifiableCredentials: held.map(({ raw }) => ({ verifiableCredential: toValue(raw) })),
        })
      },
    },
    {
      method: 'POST',
      pattern,
      family: 'problem',
      callers: [],
      body: { maxBytes: 256 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Load a credential into a wallet',
        about: 'It is verified first, and must be about the holder.',
        params: subjectParameter,
        body: credentialValueSchema,
        answers: { 204: 'The credential is in the wallet.' },
        refusals: [404, 409],
      },
      async handle(request) {
        const party = await partyOf(request, parties)
        await wallet.add(party, parseJsonBody(request.body), request.trace)
        return emptyAnswer(204)
      },
    },
    {
      method: 'DELETE',
      pattern: `${pattern}/:id`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Remove a credential from a wallet',
        about: 'Does not revoke it.',
        params: idParameter,
        answers: { 204: 'The credential is not in the wallet any more.' },
        refusals: [404],
      },
      async handle(request) {
        await wallet.remove(await partyOf(request, parties), request.params['id'] ?? '', request.trace)
        return emptyAnswer(204)
      },
    },
  ]
}

function ownRoutes({ clock, parties, wallet, definitionOf }: WalletRoutesDeps): readonly Route[] {
  const pattern = '/internal/bronnet/v1/subjects/:subject/credentials'
  return [
    {
      method: 'GET',
      pattern,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'List what a wallet holds and whether it can be shown',
        about: 'The period and the status of each credential are checked now.',
        params: subjectParameter,
        answers: { 200: heldListSchema },
        refusals: [404],
      },
      async handle(request) {
        const held = await wallet.examine(await partyOf(request, parties))
        return jsonAnswer(200, { credentials: held.map((one) => describeHeld(one, clock.now())) })
      },
    },
    {
      method: 'GET',
      pattern: `${pattern}/:id`,
      family: 'problem',
      callers: ['application', 'operator'],
      doc: {
        summary: 'Show one credential of a wallet',
        params: idParameter,
        answers: { 200: heldCredentialSchema },
        refusals: [404],
      },
      async handle(request) {
        const held = await wallet.examine(await partyOf(request, parties))
        const one = held.find(({ credential }) => credential.id === request.params['id'])
        if (one === undefined) throw new NodeError('credential.not_found')
        const { raw, view } = one.credential
        return jsonAnswer(200, { ...describeHeld(one, clock.now()), credential: toValue(raw), content: view })
      },
    },
    {
      method: 'POST',
      pattern: `${pattern}/explain`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: ['application'],
      body: { maxBytes: 256 * 1024, mediaTypes: ['application/json'] },
      doc: {
        summary: 'Explain what a presentation definition needs and what of it a wallet has',
        about: 'Names what is asked and what failed, and no value of a credential.',
        params: subjectParameter,
        body: explainSchema,
        answers: { 200: explanationSchema },
        refusals: [404, 412, 502, 504],
      },
      async handle(request) {
        const asked = parseBody(explainSchema, request.body)
        const party = await partyOf(request, parties)
        const definition =
          'definition' in asked
            ? compileDefinition(asked.definition)
            : await definitionOf(asked.authorization_server, asked.scope, request.trace)
        const explanation = explainDefinition(definition, await wallet.examine(party), {
          selection: asked.credential_selection ?? {},
        })
        return jsonAnswer(200, { ...explanation, text: renderExplanation(explanation) })
      },
    },
  ]
}

function describeHeld({ credential, unusable }: HeldCredential, now: Instant): object {
  const { id, type, issuer, format, issuedAt, expiresAt }: Credential = credential
  const days = expiresWithinDays(expiresAt, now)
  return {
    id,
    type,
    issuer,
    format,
    ...(issuedAt === undefined ? {} : { issuedAt: toRfc3339(issuedAt) }),
    ...(expiresAt === undefined ? {} : { expiresAt: toRfc3339(expiresAt) }),
    usable: unusable === undefined,
    ...(unusable === undefined ? {} : { reason: unusable }),
    ...(days === undefined ? {} : { expiresWithinDays: days }),
  }
}
