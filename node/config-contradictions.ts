import { isLoopbackAddress, parseCidr } from './kernel/address-guard.js'
import { NodeError } from './kernel/errors.js'
import type { Configuration } from '../schemas/configuration.js'
import type { NidConfiguration } from '../schemas/nid.js'

/** What each setting allows by itself and all of them together do not. */
export function findContradictions({
  url,
  http,
  keys,
  outbound,
  parties,
  discovery,
}: Configuration): readonly string[] {
  const faults: string[] = []
  if (!isBaseUrl(url)) faults.push('url: must be without user, query and fragment')
  if (keys.passphrase !== undefined && keys.passphraseFile !== undefined) {
    faults.push('keys.passphrase: give this or keys.passphraseFile, not both')
  }
  if (keys.store === 'file' && keys.vault !== undefined) faults.push('keys.vault: has no use while keys.store is file')
  if (keys.store !== 'file' && keys.vault === undefined) faults.push(`keys.vault: ${keys.store} needs it`)
  if (keys.vault?.address.startsWith('http:') === true && !isOnThisMachine(keys.vault.address)) {
    faults.push('keys.vault.address: use https for another machine')
  }
  return [
    ...faults,
    ...faultsOfPorts(http),
    ...faultsOfTls(url, http.public.tls),
    ...faultsOfSignIn(http.internal.auth),
    ...faultsOfRanges('outbound.allowedNetworks', outbound.allowedNetworks),
    ...faultsOfRanges('outbound.deniedNetworks', outbound.deniedNetworks),
    ...faultsOfNid({ http, parties }),
    ...faultsOfSources(parties),
    ...faultsOfNotifications(parties),
    ...faultsOfLists({ parties, discovery }),
  ]
}

function isBaseUrl(text: string): boolean {
  const { username, password, search, hash } = new URL(text)
  return `${username}${password}${search}${hash}` === '' && !/[?#]/.test(text)
}

/** Every two listeners of which the ports, when they are chosen here, would meet. */
function faultsOfPorts({ public: outer, internal: inner }: Configuration['http']): readonly string[] {
  const meets = (one: Address, other: Address): boolean =>
    one.port === other.port &&
    one.port !== 0 &&
    (one.host === other.host || isAnyAddress(one.host) || isAnyAddress(other.host))
  const { port, host = outer.host } = outer.tls ?? {}
  const tls = port === undefined ? undefined : { port, host }
  return [
    ...(meets(outer, inner) ? ['http.internal.port: must differ from http.public.port'] : []),
    ...(tls !== undefined && meets(tls, outer) ? ['http.public.tls.port: must differ from http.public.port'] : []),
    ...(tls !== undefined && meets(tls, inner) ? ['http.public.tls.port: must differ from http.internal.port'] : []),
  ]
}

type Address = Pick<Configuration['http']['internal'], 'host' | 'port'>

function faultsOfSignIn(auth: Configuration['http']['internal']['auth']): readonly string[] {
  if (auth === undefined) return []
  const { type, authorizedKeysPath, audience, defaultRole, singleUse } = auth
  const path = 'http.internal.auth'
  if (type === 'token_v2')
    return authorizedKeysPath === undefined ? [`${path}.authorizedKeysPath: is needed for token_v2`] : []
  return authorizedKeysPath === undefined && audience === undefined && defaultRole === undefined && !singleUse
    ? []
    : [`${path}.type: with none nobody signs in, so the settings beside it have no use`]
}

function faultsOfTls(url: string, tls: Configuration['http']['public']['tls']): readonly string[] {
  if (tls === undefined) return []
  const path = 'http.public.tls.url'
  if (tls.url === undefined) return url.startsWith('https:') ? [] : [`${path}: is needed, because url is not https`]
  if (!isBaseUrl(tls.url)) return [`${path}: must be without user, query and fragment`]
  const pathOf = (text: string): string => new URL(text).pathname.replace(/\/+$/, '')
  return pathOf(tls.url) === pathOf(url) ? [] : [`${path}: must have the path of url`]
}

/** Without a way in which certificates of clients are known, nobody could show one. */
function faultsOfNid({ http, parties }: Pick<Configuration, 'http' | 'parties'>): readonly string[] {
  const { clientCertificate, tls } = http.public
  const faces = parties.flatMap(({ nid }) => (nid === undefined ? [] : [nid]))
  return [
    ...(faces.length > 0 && clientCertificate === undefined && tls?.clientCertificates !== true
      ? ['http.public.clientCertificate: parties[].nid needs it, or http.public.tls.clientCertificates']
      : []),
    ...faultsOfRanges('http.public.clientCertificate.proxies', clientCertificate?.proxies ?? []),
    ...faces.flatMap(({ networks }) => faultsOfRanges('parties[].nid.networks', networks)),
    ...faces.flatMap(faultsOfKnown),
  ]
}

function faultsOfKnown({ authorities, known }: NidConfiguration): readonly string[] {
  return known.flatMap(({ serial, organization, membership }, index) => {
    const path = `parties[].nid.known[${index}]`
    return [
      ...((organization === undefined) === (membership === undefined)
        ? [`${path}: give organization or membership, and not both`]
        : []),
      ...(serial !== undefined && authorities === undefined
        ? [`${path}.serial: needs parties[].nid.authorities: anybody can write a number in a certificate`]
        : []),
    ]
  })
}

function faultsOfRanges(path: string, ranges: readonly string[]): readonly string[] {
  return ranges.flatMap((range, index) => {
    try {
      parseCidr(range)
      return []
    } catch (error) {
      if (!NodeError.is(error)) throw error
      return [`${path}[${index}]: ${error.notes[0] ?? error.detail ?? 'is not a CIDR range'}`]
    }
  })
}

function isOnThisMachine(address: string): boolean {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || isLoopbackAddress(host)
}

function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function faultsOfSources(parties: Configuration['parties']): readonly string[] {
  return parties.flatMap(({ sources }, party) =>
    sources.flatMap(({ kind, statuses, graphql: { http, strictAccept, introspection } }, index) => {
      const where = `parties[${party}].sources[${index}].graphql`
      if (kind === 'fhir')
        return statuses === 'iwlz' || http === 'standard' || strictAccept || introspection
          ? [`${where}: and statuses are about sources that are asked by GraphQL`]
          : []
      return [
        ...(strictAccept && http === 'standard'
          ? [`${where}.strictAccept: not with http: standard, by which who says nothing gets application/json`]
          : []),
        ...(introspection && kind === 'graphql'
          ? [`${where}.introspection: only for a register that this node keeps`]
          : []),
      ]
    }),
  )
}

function faultsOfNotifications(parties: Configuration['parties']): readonly string[] {
  return parties.flatMap(({ sources, notifications }, party) => {
    if (notifications === undefined) return []
    const { http, strictAccept } = notifications.graphql
    const taken = sources.findIndex(({ name }) => name === 'netwerkpunt')
    return [
      ...(strictAccept && http === 'standard'
        ? [
            `parties[${party}].notifications.graphql.strictAccept: not with http: standard, by which who says nothing gets application/json`,
          ]
        : []),
      ...(taken < 0
        ? []
        : [`parties[${party}].sources[${taken}].name: is the name under which others find the netwerkpunt`]),
    ]
  })
}

/** A list is kept by one party, at the node that hosts it, under a name of its own. */
function faultsOfLists({ parties, discovery }: Pick<Configuration, 'parties' | 'discovery'>): readonly string[] {
  const keepers = new Set<string>()
  return parties.flatMap(({ catalogue, sources }, party) =>
    (catalogue?.lists ?? []).flatMap(({ service }, index) => {
      const path = `parties[${String(party)}].catalogue.lists[${String(index)}].service`
      const isSecond = keepers.has(service)
      keepers.add(service)
      return [
        ...(discovery.server.includes(service) ? [] : [`${path}: this node does not host it (discovery.server)`]),
        ...(isSecond ? [`${path}: a list is kept by one party, once`] : []),
        ...(sources.some(({ name }) => name === service)
          ? [`${path}: a source of the party has this name, and both would be one dataset`]
          : []),
      ]
    }),
  )
}
