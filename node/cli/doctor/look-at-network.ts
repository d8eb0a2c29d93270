import { readFile } from 'node:fs/promises'
import type { SourceConfiguration } from '../../../schemas/configuration.js'
import { fhirMediaType } from '../../../schemas/wire/fhir.js'
import { readDiscoveryDefinitions } from '../../catalogue/definition.js'
import { protocolOf, sourcePath } from '../../http/source-entry.js'
import { packageFile } from '../../kernel/package-root.js'
import { readPacks } from '../../policy/pack.js'
import { readCopies } from '../discovery.js'
import { attention, broken, ok, reasonOf, type Finding, type Look, type Patient } from './finding.js'

type Upstream = NonNullable<SourceConfiguration['upstream']>
type Copy = Awaited<ReturnType<typeof readCopies>>[number]

/** The lists that the node follows, and whether its parties are on them. */
export const lookAtDiscovery: Look = async ({ call, configuration: { discovery } }) => {
  const about = 'discovery'
  if (discovery.definitions === undefined) {
    return [
      attention(
        about,
        'the node follows no list, so it finds nobody and nobody finds it',
        'give discovery.definitions',
      ),
    ]
  }
  if (call === undefined) {
    const ids = (await readDiscoveryDefinitions(discovery.definitions)).map(({ id }) => id)
    return [
      attention(about, `${ids.join(', ')}: how its registrations are is not known, because the node does not run`),
    ]
  }
  const copies = await readCopies(call)
  return [
    ...copies.flatMap((copy) => [lookAtList(copy), ...copy.registrations.map(lookAtRegistration)]),
    ...discovery.registrations.flatMap(({ service, subject }) =>
      copies.some((copy) => copy.service === service && copy.registrations.some((own) => own.subject === subject))
        ? []
        : [
            broken(
              about,
              `${subject} should be listed in ${service} and is not`,
              `bronnet discovery join --subject ${subject}`,
            ),
          ],
    ),
  ]
}

function lookAtList({ service, freshness, fault, listed, setAside, asOf = 'never' }: Copy): Finding {
  const about = 'discovery'
  const mend = 'see whether its server answers; bronnet discovery refresh looks at once'
  const why = fault === undefined ? '' : ` (${fault})`
  if (freshness === 'stale')
    return broken(about, `${service} was last read at ${asOf}${why}: nobody new is trusted by it`, mend)
  if (freshness === 'flagged') return attention(about, `${service} was last read at ${asOf}${why}`, mend)
  return setAside > 0
    ? attention(about, `${service}: ${String(listed)} listed, ${String(setAside)} set aside that do not count`)
    : ok(about, `${service}: ${String(listed)} listed`)
}

function lookAtRegistration({ service, subject, status, error, expiresAt }: Copy['registrations'][number]): Finding {
  const about = 'discovery'
  if (status === 'failing') {
    const mend =
      error === 'token.no_matching_credential'
        ? `its wallet lacks what the list asks: bronnet credential list --subject ${subject}`
        : `bronnet discovery join --subject ${subject} tries again and says why`
    return broken(about, `${subject} is not listed in ${service} (${error ?? 'unknown'})`, mend)
  }
  return status === 'withdrawing'
    ? attention(about, `${subject} is leaving ${service}`)
    : ok(about, `${subject} is listed in ${service}${expiresAt === undefined ? '' : ` until ${expiresAt}`}`)
}

/** The sources of its parties and the packs that guard them. */
export const lookAtSources: Look = async ({ call, configuration, outboundTo }) => {
  const about = 'sources'
  const directory = configuration.policies.directory ?? packageFile('policies')
  const packs = await readPacks(directory)
  const sources = configuration.parties.flatMap(({ subject, sources: own }) =>
    own.map((source) => ({ subject, ...source })),
  )
  if (sources.length === 0)
    return [ok(about, `none: the node serves no data (${String(packs.size)} packs in ${directory})`)]
  const upstreams = await Promise.all(
    sources.flatMap(({ subject, name, kind, upstream }) =>
      upstream === undefined ? [] : [lookAtUpstream(`${subject}/${name}`, kind, upstream, outboundTo)],
    ),
  )
  const served = await Promise.all(
    sources.map(async ({ subject, name, kind, pack, schema }) => {
      const named = `${subject}/${name}`
      if (!packs.has(pack)) return broken(about, `${named}: there is no pack ${pack} in ${directory}`)
      if (packs.get(pack)?.schema !== schema) return broken(about, `${named}: the pack ${pack} is not for ${schema}`)
      if (call === undefined)
        return attention(about, `${named}: whether it is served is not known, because the node does not run`)
      const url = `${configuration.url.replace(/\/+$/, '')}${sourcePath(subject, name, protocolOf(kind))}`
      const outbound = outboundTo(url)
      try {
        const { status } = await outbound.request({ method: 'GET', url })
        return status === 200
          ? ok(about, `${named} is served, under version ${packs.get(pack)?.version ?? ''} of ${pack}`)
          : broken(about, `${named} answers ${String(status)}`, 'was the node started with these settings?')
      } catch (cause) {
        return broken(about, `${named} is not reached (${reasonOf(cause)})`)
      } finally {
        outbound.close()
      }
    }),
  )
  return [...served, ...upstreams]
}

/** A register or FHIR server that is there already: whether it answers a question about nobody. */
async function lookAtUpstream(
  named: string,
  kind: SourceConfiguration['kind'],
  { url, headerName, headerFile }: Upstream,
  outboundTo: Patient['outboundTo'],
): Promise<Finding> {
  const about = 'sources'
  const what = kind === 'fhir' ? 'FHIR server' : 'register'
  const mend = 'see parties.sources.upstream: its URL, and the header with which the node makes itself known'
  const outbound = outboundTo(url)
  try {
    const header = headerFile === undefined ? undefined : (await readFile(headerFile, 'utf8')).trim()
    const own = header === undefined ? {} : { [headerName]: header }
    const { status } = await outbound.request(
      kind === 'fhir'
        ? { method: 'GET', url: `${url.replace(/\/+$/, '')}/metadata`, headers: own, accept: fhirMediaType }
        : {
            method: 'POST',
            url,
            headers: { 'content-type': 'application/json', ...own },
            body: JSON.stringify({ query: '{ __typename }' }),
          },
    )
    return status < 300
      ? ok(about, `the ${what} behind ${named} answers`)
      : broken(about, `the ${what} behind ${named} answers ${String(status)}`, mend)
  } catch (cause) {
    return broken(about, `the ${what} behind ${named} does not answer (${reasonOf(cause)})`, mend)
  } finally {
    outbound.close()
  }
}
