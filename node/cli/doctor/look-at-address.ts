import { lookup } from 'node:dns/promises'
import { endsSoonMilliseconds } from '../../http/server-tls.js'
import { createAddressGuard } from '../../kernel/address-guard.js'
import { toRfc3339 } from '../../kernel/clock.js'
import { lookAtCertificate, type ShownCertificate } from '../../kernel/outbound-certificate.js'
import { createPublicUrls } from '../../kernel/public-urls.js'
import { attention, broken, ok, reasonOf, type Finding, type Look, type Patient } from './finding.js'

const timeoutMilliseconds = 5_000

/** Whether its public URL can be reached from here, and whether its name leads to an address that others can reach. */
export const lookAtAddress: Look = async (patient) =>
  (await Promise.all(urlsOf(patient).map((url) => lookAtUrl(patient, url)))).flat()

async function lookAtUrl({ outboundTo, configuration, call }: Patient, url: string): Promise<readonly Finding[]> {
  const about = 'address'
  const { hostname } = new URL(url)
  const outside = 'from outside it may be otherwise: ask another node for one of its DIDs'
  const addresses = await lookup(hostname, { all: true }).catch(() => [])
  if (addresses.length === 0) {
    return [broken(about, `the name ${hostname} is unknown here`, 'make it known in the DNS, or correct url')]
  }
  const guard = createAddressGuard({ allowed: [], denied: [] })
  const hidden = addresses.every(({ address }) => guard.check(address) !== 'allowed')
  const found: Finding[] = []
  if (hidden && configuration.strictmode) {
    const mend = 'see that the DNS outside leads to an address that others reach'
    found.push(attention(about, `here ${hostname} leads to a private address, which others cannot reach`, mend))
  }
  const outbound = outboundTo(url)
  try {
    const { status } = await outbound.request({ method: 'GET', url: `${url}/` })
    const says = `${url} answers from here`
    found.unshift(
      status >= 500 && call !== undefined
        ? broken(about, `${url} answers ${String(status)}`, 'the proxy in front does not reach the node: see its log')
        : ok(about, `${says}; ${outside}`),
    )
  } catch (cause) {
    const says = `${url} does not answer from here (${reasonOf(cause)})`
    const mend = 'see that the DNS, the firewall and the proxy lead to its public port'
    found.unshift(
      call === undefined ? attention(about, `${says}, and the node does not run`) : broken(about, says, mend),
    )
  } finally {
    outbound.close()
  }
  return found
}

/** The certificate that others are shown: its chain, names and period. */
export const lookAtTls: Look = async (patient) =>
  (await Promise.all(urlsOf(patient).map((url) => lookAtTlsOf(patient, url)))).flat()

async function lookAtTlsOf({ authorities, clock, configuration }: Patient, url: string): Promise<readonly Finding[]> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'https:') {
    return configuration.http.public.tls === undefined
      ? [attention('TLS', `${url} is not https: for development only`)]
      : []
  }
  const place = { hostname, port: port === '' ? 443 : Number(port), authorities, timeoutMilliseconds }
  try {
    return judge(hostname, await lookAtCertificate(place), clock.now())
  } catch (cause) {
    return [
      broken(
        'TLS',
        `${hostname} makes no TLS connection (${reasonOf(cause)})`,
        'see who ends TLS: a proxy, or http.public.tls',
      ),
    ]
  }
}

/** What is wrong, by the codes of OpenSSL as Node.js gives them. */
const faults: Readonly<Record<string, readonly [says: string, mend: string]>> = {
  CERT_HAS_EXPIRED: ['the certificate has ended', 'renew it'],
  CERT_NOT_YET_VALID: ['the certificate does not count yet', 'look at the clock of this machine'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['the certificate is not for this name', 'get one for the host of url'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'the chain is not whole: certificates of authorities are missing',
    'put them behind the certificate, in the same file',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    'the chain is not whole, or ends in an authority that is not trusted here',
    'put the certificates of authorities behind the certificate, or name a private root in outbound.certificateAuthorities',
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'the certificate is signed by itself',
    'get one of an authority that the network trusts',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'the chain ends in a root that is not trusted here',
    'when it is the private root of the network, name it in outbound.certificateAuthorities, as all others must',
  ],
}

function judge(hostname: string, shown: ShownCertificate, now: number): readonly Finding[] {
  const end = toRfc3339(shown.expiresAt)
  if (shown.fault !== undefined) {
    const [says, mend] = faults[shown.fault] ?? [
      `the certificate cannot be believed (${shown.fault})`,
      'look at it with openssl',
    ]
    return [broken('TLS', `${hostname}: ${says}; it is for ${shown.names}`, mend)]
  }
  if (shown.expiresAt - now < endsSoonMilliseconds) {
    return [
      attention(
        'TLS',
        `${hostname}: the certificate ends at ${end}`,
        'renew it, and see why that did not go by itself',
      ),
    ]
  }
  return [ok('TLS', `${hostname}: ${shown.protocol}, chain, name and period are good; ends at ${end}`)]
}

function urlsOf({ configuration: { url, http } }: Patient): readonly string[] {
  return createPublicUrls({ url, tlsUrl: http.public.tls?.url }).all
}
