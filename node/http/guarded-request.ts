import { recordUndecidedRead } from '../access/serve-read.js'
import type { ServedSource } from '../access/served-sources.js'
import type { Audit } from '../audit/audit.js'
import { NodeError } from '../kernel/errors.js'
import type { Authenticate } from '../tokens/authenticate.js'
import type { TokenGrant } from '../tokens/token-store.js'
import type { HttpRequest } from './exchange.js'

/** A request at a source of a party. */
export interface SourceCall {
  readonly party: string
  readonly source: string
  readonly served: Pick<ServedSource, 'scopes'>
  readonly request: Pick<HttpRequest, 'method' | 'header' | 'baseUrls' | 'trace'>
  /** Its path below the public URL of the node, which a DPoP proof names. */
  readonly path: string
  /** The path of the source, where that is another: a token can be for all of it. */
  readonly sourcePath?: string
}

/** What is said of a token that was shown, where there is no grant to say whose it is. */
const shown = /^token\.(invalid|dpop_invalid)$|^credential\.status_unavailable$/

/**
 * What the token of a request at a source grants, and what `check` makes of the request with it. Whoever showed a token, or
 * something that is none, is accounted for when the request is refused here.
 * @throws as `authenticate` and `check`; `token.insufficient_scope`, `audit.unavailable`
 */
export async function checkSourceRequest<T>(
  { audit, authenticate }: { readonly audit: Audit; readonly authenticate: Authenticate },
  { party, source, served, request, path, sourcePath = path }: SourceCall,
  check: (grant: TokenGrant) => T | Promise<T>,
): Promise<{ readonly grant: TokenGrant; readonly checked: T }> {
  const { method, header, baseUrls, trace } = request
  let grant: TokenGrant | undefined
  try {
    const [url = '', ...otherUrls] = baseUrls.map((baseUrl) => `${baseUrl}${path}`)
    const [authorization, proof] = [header('authorization'), header('dpop')]
    const audiences = baseUrls.map((baseUrl) => `${baseUrl}${sourcePath}`)
    grant = await authenticate({ party, authorization, proof, method, url, otherUrls, audiences })
    if (!grant.record.scope.split(' ').some((scope) => served.scopes.includes(scope))) {
      throw new NodeError('token.insufficient_scope', { notes: [`ask for one of: ${served.scopes.join(' ')}`] })
    }
    return { grant, checked: await check(grant) }
  } catch (cause) {
    // Without a token there was nobody to account for; a scan of the port must not fill the journal.
    if (grant !== undefined || shown.test(NodeError.codeOf(cause))) {
      await recordUndecidedRead(audit, { party, source, grant, trace, cause })
    }
    throw cause
  }
}
