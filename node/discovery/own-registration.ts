import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import type { Trace } from '../kernel/trace.js'
import type { DiscoveryDefinition } from '../catalogue/definition.js'
import type { ListServer } from '../catalogue/list-server.js'
import { serverWords } from '../catalogue/server-words.js'
import { createSelfAttested } from '../credentials/issue.js'
import { matchDefinition } from '../credentials/exchange/match.js'
import type { Present } from '../credentials/present.js'
import type { Wallet } from '../credentials/wallet.js'
import type { Parties } from '../identity/parties.js'
import type { Party } from '../identity/party.js'

export interface MakeRegistrationDeps {
  readonly clock: Clock
  readonly parties: Pick<Parties, 'issuerUrl'>
  readonly wallet: Pick<Wallet, 'list'>
  readonly present: Present
}

/**
 * A registration of the party: the credentials of its wallet that the definition asks, and what it says about itself. Ends
 * with the first of them that ends.
 * @throws `token.no_matching_credential` with a note for each descriptor that nothing fits
 * @see Nuts RFC022 section 3.2
 */
export async function makeRegistration(
  definition: DiscoveryDefinition,
  party: Party,
  parameters: Readonly<Record<string, string>>,
  { clock, parties, wallet, present }: MakeRegistrationDeps,
): Promise<string> {
  const registration = createSelfAttested({
    party,
    type: 'DiscoveryRegistrationCredential',
    subject: { ...parameters, authServerURL: parties.issuerUrl(party) },
    now: clock.now(),
  })
  const credentials = [...(await wallet.list(party)), registration]
  try {
    const match = matchDefinition(definition.presentation, credentials)
    const used = [...new Set(match.byDescriptor.map(({ credential }) => credential))]
    const earliestEnd = Math.min(...used.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY))
    const untilCredentialEnds = Math.floor((earliestEnd - clock.now()) / 1000)
    const validSeconds = Math.min(definition.maxValiditySeconds - 2, untilCredentialEnds)
    return await present({ party, audience: definition.id, credentials: used, validSeconds })
  } catch (cause) {
    if (!NodeError.is(cause) || cause.code !== 'presentation.unfulfilled') throw cause
    throw new NodeError('token.no_matching_credential', { cause, notes: cause.notes })
  }
}

export interface SendToListDeps {
  readonly outbound: Pick<Outbound, 'request'>
  /** A list that this very node hosts is reached without a call out. */
  readonly hosted: { readonly services: readonly string[]; readonly register: ListServer['register'] }
}

/**
 * Registers at the list of the service.
 * @throws `discovery.registration_invalid` with the server's words, `outbound.*`
 */
export async function sendToList(
  definition: DiscoveryDefinition,
  presentation: string,
  trace: Trace,
  { hosted, outbound }: SendToListDeps,
): Promise<void> {
  if (hosted.services.includes(definition.id)) {
    await hosted.register(definition.id, presentation, trace)
    return
  }
  const response = await outbound.request({
    method: 'POST',
    url: definition.endpoint,
    headers: { 'content-type': 'application/json' },
    accept: 'application/json, application/problem+json',
    body: JSON.stringify(presentation),
    trace,
  })
  if (response.status === 201) return
  const words = serverWords(response.body)
  throw new NodeError('discovery.registration_invalid', {
    notes: [`the discovery server answered with status ${String(response.status)}`, ...words],
  })
}
