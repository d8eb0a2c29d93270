import { z } from 'zod'
import { partyKeySchema } from '../../../schemas/wire/identity.js'
import { createDidWeb } from '../../identity/did-web.js'
import { createDidResolver } from '../../identity/resolve-did.js'
import { metadataUrls } from '../../tokens/peer.js'
import type { CallNode } from '../node-client.js'
import { attention, broken, ok, reasonOf, type Finding, type Look, type Patient } from './finding.js'

const subjectsSchema = z.record(z.string(), z.array(z.string()))
const keysSchema = z.object({ keys: z.array(partyKeySchema) })
const metadataSchema = z.looseObject({ issuer: z.string(), token_endpoint: z.string() })
const methodSchema = z.looseObject({ publicKeyJwk: z.record(z.string(), z.unknown()).optional() })

/** The parties as others see them: their DID documents against the keys of the node, and where tokens are asked. */
export const lookAtParties: Look = async (patient) => {
  const { call } = patient
  if (call === undefined) return [attention('parties', 'not looked at, because the node does not run')]
  const subjects = Object.entries(
    subjectsSchema.parse((await call({ method: 'GET', path: '/internal/vdr/v2/subject' })).body),
  )
  if (subjects.length === 0) {
    return [
      attention('parties', 'the node speaks for nobody', 'name its organisation in parties, or bronnet subject create'),
    ]
  }
  const found = await Promise.all(
    subjects.map(async ([subject, dids]) => [
      ...(await Promise.all(dids.map((did) => lookAtDocument(patient, call, subject, did)))).flat(),
      ...(await lookAtMetadata(patient, subject)),
    ]),
  )
  return found.flat()
}

async function lookAtDocument(
  { configuration, clock, outboundTo }: Patient,
  call: CallNode,
  subject: string,
  did: string,
): Promise<readonly Finding[]> {
  const about = 'DID document'
  const { protocol, hostname } = new URL(configuration.url)
  const outbound = outboundTo(configuration.url)
  try {
    const web = createDidWeb({ outbound, plainHttp: (host) => protocol === 'http:' && host === hostname })
    const resolver = createDidResolver({ clock, methods: { web }, own: () => Promise.resolve(undefined) })
    const { document } = await resolver.resolve(did)
    const path = `/internal/bronnet/v1/subjects/${encodeURIComponent(subject)}/keys`
    const { keys } = keysSchema.parse((await call({ method: 'GET', path })).body)
    if (keys.some(({ state, lost }) => lost === true && state === 'signing')) {
      const says = `${subject}: the private key that signs is not where the node keeps its keys`
      return [broken('keys', says, 'see keys.directory, and docs/operate.md under Keys')]
    }
    const shown = new Set(
      (document.verificationMethod ?? []).map((method) => nameOf(methodSchema.parse(method).publicKeyJwk)),
    )
    const own = new Set(keys.map(({ publicKeyJwk }) => nameOf(publicKeyJwk)))
    const missing = [...own].filter((key) => !shown.has(key)).length
    const foreign = [...shown].filter((key) => !own.has(key)).length
    if (missing + foreign > 0) {
      const says = `${subject}: others see ${String(missing)} keys of this node missing and ${String(foreign)} that it does not have`
      const mend =
        'another node, or an old copy in a proxy, answers at url: see where it leads, and let nothing cache it'
      return [broken(about, says, mend)]
    }
    return [ok(about, `${subject}: ${did} is resolved, and has the keys of this node`)]
  } catch (cause) {
    const mend = `others cannot check what ${subject} signs: see that url leads to the public port, with its path`
    return [broken(about, `${subject}: ${did} is not resolved (${reasonOf(cause)})`, mend)]
  } finally {
    outbound.close()
  }
}

/** A key by what it is, whatever else is said about it. */
function nameOf(jwk: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify([jwk['kty'], jwk['crv'], jwk['x'], jwk['y']])
}

async function lookAtMetadata({ configuration, outboundTo }: Patient, subject: string): Promise<readonly Finding[]> {
  const about = 'metadata'
  const issuer = `${configuration.url.replace(/\/+$/, '')}/oauth2/${subject}`
  const outbound = outboundTo(configuration.url)
  const mend = 'let the proxy in front pass /.well-known and /oauth2 on to the public port, unchanged'
  try {
    const faults = await Promise.all(
      metadataUrls(issuer).map(async (url) => {
        const { status, body } = await outbound.request({ method: 'GET', url, accept: 'application/json' })
        if (status !== 200) return `${url} answers ${String(status)}`
        const { data } = metadataSchema.safeParse(parseJson(body))
        if (data === undefined) return `${url} does not answer with metadata`
        return data.issuer === issuer ? undefined : `${url} is of another issuer`
      }),
    )
    const wrong = faults.filter((fault) => fault !== undefined)
    return wrong.length === 0
      ? [ok(about, `${subject}: at both well-known places, for ${issuer}`)]
      : wrong.map((fault) => broken(about, `${subject}: ${fault}`, mend))
  } catch (cause) {
    return [broken(about, `${subject}: cannot be had (${reasonOf(cause)})`, mend)]
  } finally {
    outbound.close()
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
