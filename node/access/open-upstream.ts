import { isLoopbackAddress } from '../kernel/address-guard.js'
import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import type { DataSource } from '../sources/data-source.js'
import type { ExplainCodes } from '../sources/codes/explain-codes.js'
import type { RegisterDefinition } from '../sources/register/definition.js'
import { createAskRegister } from '../sources/upstream/ask-register.js'
import { createUpstream } from '../sources/upstream/upstream.js'
import type { SourceConfiguration } from '../../schemas/configuration.js'

/**
 * Makes the source of a register that `party` has elsewhere. Does not ask whether it is there.
 * @throws `config.invalid` for settings that say no place, a place that is not encrypted, or a seed
 */
export async function openUpstream(
  { name, seed, upstream, authorizations }: SourceConfiguration,
  deps: {
    readonly party: string
    readonly definition: RegisterDefinition
    readonly explainCodes?: ExplainCodes
    readonly outboundTo: (address: string) => Outbound
  },
): Promise<DataSource> {
  const { party, definition, explainCodes, outboundTo } = deps
  const invalid = (what: string): NodeError =>
    new NodeError('config.invalid', { notes: [`parties: source ${name} of ${party} ${what}`] })
  if (upstream === undefined) throw invalid('needs upstream: where its register is')
  if (seed !== undefined) throw invalid('is a register elsewhere, so it has no seed')
  if (authorizations === true) throw invalid('is a register elsewhere, whose changes this node does not hear of')
  const { url, headerName, headerFile, timeoutSeconds, maxBytes } = upstream
  if (!isHttpsOrHere(url)) throw invalid('needs an upstream url with https')
  const ask = await createAskRegister({
    outbound: outboundTo(url),
    endpoint: url,
    header: headerFile === undefined ? undefined : { name: headerName, file: headerFile },
    timeoutMilliseconds: timeoutSeconds * 1000,
    maxBytes,
  })
  return createUpstream({ name, party, definition, ask, explainCodes })
}

/** True for a URL that is encrypted or on this machine: what is neither may not leave. */
export function isHttpsOrHere(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || hostname === 'localhost' || isLoopbackAddress(hostname.replace(/^\[|\]$/g, ''))
}
