import type { KeyStore } from '../identity/key-store.js'
import type { Clock } from '../kernel/clock.js'
import { NodeError } from '../kernel/errors.js'
import type { Outbound } from '../kernel/outbound.js'
import { createAskFhir } from '../sources/fhir/ask-fhir.js'
import { writeCapabilityStatement } from '../sources/fhir/capability-statement.js'
import { createCursors } from '../sources/fhir/cursor.js'
import { createFhirSource } from '../sources/fhir/fhir-source.js'
import type { SourceConfiguration } from '../../schemas/configuration.js'
import type { PackData } from '../../schemas/pack.js'
import { fhirMediaType } from '../../schemas/wire/fhir.js'
import { isHttpsOrHere } from './open-upstream.js'
import type { ServedSource } from './served-sources.js'

const fhirStandard = 'https://hl7.org/fhir/R4/'

/**
 * Opens the way to the FHIR server of `party`, and gives what makes the source of it with a pack: what may be asked stands
 * there. Does not ask whether the server is there.
 * @throws `config.invalid`, also when a pack is taken that has no templates, for settings that say no place, a place that is not encrypted, or what only registers have
 */
export async function openFhir(
  { name, seed, upstream, authorizations, codes }: SourceConfiguration,
  deps: {
    readonly party: string
    readonly clock: Clock
    readonly keyStore: Pick<KeyStore, 'secretFor'>
    readonly outboundTo: (address: string) => Outbound
  },
): Promise<NonNullable<ServedSource['renew']>> {
  const { party, clock, keyStore, outboundTo } = deps
  const invalid = (what: string): NodeError =>
    new NodeError('config.invalid', { notes: [`parties: source ${name} of ${party} ${what}`] })
  if (upstream === undefined) throw invalid('needs upstream: where its FHIR server is')
  if (seed !== undefined || authorizations === true || codes !== undefined)
    throw invalid('is a FHIR server elsewhere, so it has no seed, authorizations or codes')
  const { url, headerName, headerFile, timeoutSeconds, maxBytes } = upstream
  if (!isHttpsOrHere(url)) throw invalid('needs an upstream url with https')
  const base = new URL(url).href.replace(/\/+$/, '')
  if (/[?#]/.test(base)) throw invalid('needs an upstream url without a query')
  const ask = await createAskFhir({
    outbound: outboundTo(url),
    base,
    header: headerFile === undefined ? undefined : { name: headerName, file: headerFile },
    timeoutMilliseconds: timeoutSeconds * 1000,
    maxBytes,
  })
  const cursors = createCursors({
    clock,
    key: keyStore.secretFor('fhir cursors'),
    context: JSON.stringify([party, name]),
  })
  return (pack: PackData) => {
    if (pack.fhir === undefined) throw invalid('needs a pack with templates: what may be asked of its FHIR server')
    const fhir = createFhirSource({ name, party, templates: pack.fhir.templates, ask, base, cursors })
    const schema = { text: writeCapabilityStatement(pack), mediaType: fhirMediaType }
    return { source: fhir, fhir, published: { pack, schema, protocol: fhirStandard } }
  }
}
